import { describe, expect, it } from 'vitest'
import { endOfTurn } from '../../src/tenant/end-of-turn.ts'
import { Gather } from '../../src/tenant/gather.ts'

/** A gatherer of numbers, and what it took; each round of the event loop hands over the next number. */
function gathering(arriving: number[], { much = 100, enough = 100 } = {}) {
  const taken: (readonly number[])[] = []
  const rounds: (() => void)[] = []
  let rests = 0
  const gather = new Gather<number>({
    endOfTurn: (run) => void rounds.push(run),
    afterRest: (run) => {
      rests += 1
      run()
    },
    sizeOf: (size) => size,
    much,
    enough,
    take: (items) => void taken.push(items),
  })
  gather.add(1)
  while (rounds.length > 0 || arriving.length > 0) {
    const round = rounds.shift()
    const next = arriving.shift()
    if (next !== undefined) gather.add(next)
    round?.()
  }
  return { taken, rests }
}

describe('what comes together', () => {
  it('TEN-62 is taken together: as long as more comes, the rest is waited for', () => {
    expect(gathering([2, 3, 4]).taken).toEqual([[1, 2, 3, 4]])
  })

  it('TEN-62 is taken at once where nothing follows', () => {
    expect(gathering([]).taken).toEqual([[1]])
  })

  it('TEN-62 is taken as soon as it is enough, so who never stops keeps nobody waiting', () => {
    expect(gathering(Array(7).fill(1), { enough: 4 }).taken).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ])
  })

  it('TEN-67 lets the event loop rest before there is more, where it was much', () => {
    const busy = Array(7).fill(1)
    expect(gathering(busy, { enough: 4, much: 4 }).rests).toBe(1)
    expect(gathering(busy, { enough: 4, much: 5 }).rests).toBe(0)
  })

  it('TEN-62 is handed over before the turn ends', async () => {
    const order: string[] = []
    const ended = new Promise<void>((resolve) => {
      endOfTurn(() => {
        order.push('end')
        resolve()
      })
    })
    await Promise.resolve().then(() => order.push('microtask'))
    await ended
    expect(order).toEqual(['microtask', 'end'])
  })
})
