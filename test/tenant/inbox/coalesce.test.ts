import { describe, expect, it } from 'vitest'
import { Coalescer } from '../../../src/tenant/inbox/coalesce.ts'
import { endOfTurn } from '../../../src/tenant/inbox/end-of-turn.ts'

/** A gatherer of numbers, and what it took; each round of the event loop hands over the next number. */
async function coalescing(arriving: number[], { much = 100, enough = 100 } = {}) {
  const taken: (readonly number[])[] = []
  const rounds: (() => void)[] = []
  let rests = 0
  const coalescer = new Coalescer<number>({
    endOfTurn: (run) => void rounds.push(run),
    yieldToLoop: () => {
      rests += 1
      return Promise.resolve()
    },
    sizeOf: (size) => size,
    yieldAfter: much,
    maxTurn: enough,
    take: (items) => void taken.push(items),
  })
  coalescer.add(1)
  while (rounds.length > 0 || arriving.length > 0) {
    const round = rounds.shift()
    const next = arriving.shift()
    if (next !== undefined) coalescer.add(next)
    round?.()
    // A rest that is over goes on with the microtasks.
    await Promise.resolve()
  }
  return { taken, rests }
}

describe('what comes together', () => {
  it('TEN-62 is taken together: as long as more comes, the rest is waited for', async () => {
    expect((await coalescing([2, 3, 4])).taken).toEqual([[1, 2, 3, 4]])
  })

  it('TEN-62 is taken at once where nothing follows', async () => {
    expect((await coalescing([])).taken).toEqual([[1]])
  })

  it('TEN-62 is taken as soon as it is enough, so who never stops keeps nobody waiting', async () => {
    expect((await coalescing(Array(7).fill(1), { enough: 4 })).taken).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ])
  })

  it('TEN-67 lets the event loop rest before there is more, where it was much', async () => {
    const restsWith = async (much: number) => (await coalescing(Array(7).fill(1), { enough: 4, much })).rests
    expect([await restsWith(4), await restsWith(5)]).toEqual([1, 0])
  })

  it('TEN-62 is handed over before the turn ends, which waits for no timer', async () => {
    const order: string[] = []
    const timer = new Promise<void>((resolve) => void setImmediate(resolve)).then(() => order.push('timer'))
    endOfTurn(() => order.push('end'))
    queueMicrotask(() => order.push('microtask'))
    await timer
    expect(order).toEqual(['microtask', 'end', 'timer'])
  })
})
