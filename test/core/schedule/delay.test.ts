import { describe, expect, it } from 'vitest'
import { DELAYED_AFTER_MS, delayOf, isNews } from '../../../src/core/schedule/delay.ts'
import type { Delayed } from '../../../src/protocol/down/health.ts'

const away = (waiting: number): Delayed => ({ cause: 'postgres-away', since: 1_000, waiting })
const parked = (waiting: number): Delayed => ({ cause: 'parked', since: 1_000, waiting })

describe('what people are told of the way to Postgres', () => {
  it('DEL-1 is nothing while a call was left without an answer for a moment only', () => {
    const trouble = { cause: 'postgres-away', since: 1_000 } as const
    expect(delayOf(undefined, 3, 9_000)).toBeUndefined()
    expect(delayOf(trouble, 3, 1_000 + DELAYED_AFTER_MS - 1)).toBeUndefined()
    expect(delayOf(trouble, 3, 1_000 + DELAYED_AFTER_MS)).toEqual(away(3))
  })

  it('DEL-3 is told at once where only a person can mend it', () => {
    expect(delayOf({ cause: 'parked', since: 1_000 }, 0, 1_000)).toEqual(parked(0))
  })

  it.each([
    ['it begins', undefined, away(0), true],
    ['it ends', away(3), undefined, true],
    ['there is none', undefined, undefined, false],
    ['nothing has changed', away(3), away(3), false],
    ['its cause changes', away(3), parked(3), true],
    ['one more of a few waits', away(3), away(4), true],
    ['one more of many waits', away(100), away(101), false],
    ['a tenth more waits', away(100), away(111), true],
    ['a tenth less waits', away(100), away(89), true],
  ])('DEL-2 while edits are made, %s', (_, told, delayed, news) => {
    expect(isNews(told, delayed, false)).toBe(news)
  })

  it('DEL-2 now and then the number that waits is told exactly', () => {
    expect(isNews(away(100), away(101), true)).toBe(true)
    expect(isNews(away(100), away(100), true)).toBe(false)
  })
})
