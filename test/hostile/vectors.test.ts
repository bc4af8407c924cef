import { describe, expect, it } from 'vitest'
import { Ground } from './support/ground.ts'
import { readVectors } from './support/vector.ts'

const vectors = readVectors()

describe('hostile input, as it is listed', () => {
  it('HOS-1 there are 2,500 vectors at least, each by a name of its own', () => {
    const names = [...vectors].flatMap(([category, all]) => all.map(({ name }) => `${category}: ${name}`))
    expect(names.length).toBeGreaterThanOrEqual(2_500)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it.each([...vectors.keys()])(
    'HOS-1 %s: the verdict is as listed, and nobody else notices',
    async (category) => {
      const ground = await Ground.lay('hostile')
      expect(await ground.withstand(vectors.get(category) ?? [])).toEqual([])
      await ground.drained()
    },
  )
})
