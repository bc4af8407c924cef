import { describe, expect, it } from 'vitest'
import { Ground } from './ground.ts'
import { readVectors, type Vector } from './vector.ts'

/** Declares a test for each category of the list, in which the vectors that are drawn of it attack. */
export function describeVectors(draw: (all: readonly Vector[]) => readonly Vector[]): void {
  const vectors = readVectors()
  describe('hostile input, as it is listed', () => {
    it.each([...vectors.keys()])(
      'HOS-1 %s: the verdict is as listed, and nobody else notices',
      async (category) => {
        const ground = await Ground.lay('hostile')
        expect(await ground.withstand(draw(vectors.get(category) ?? []))).toEqual([])
        await ground.drained()
      },
    )
  })
}

/** So many of a list, from all over it. */
export function evenly<Item>(all: readonly Item[], most: number): Item[] {
  return all.filter((_, i) => all.length <= most || (i * most) % all.length < most)
}
