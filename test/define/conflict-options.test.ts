import { defineApp } from 'tidemark'
import * as v from 'valibot'
import { expect, it } from 'vitest'

const claims = v.object({ sub: v.string(), tenant: v.string() })
const appWith = (keepDays?: number) =>
  defineApp({ tables: {}, claims, conflicts: keepDays === undefined ? {} : { keepDays } })

it('CNF-16 the days that closed conflicts are kept are the application’s, else 90; none, or nothing such, is refused', () => {
  expect(appWith(7).conflicts).toEqual({ keepMs: 7 * 86_400_000 })
  expect(appWith().conflicts).toEqual({ keepMs: 90 * 86_400_000 })
  for (const days of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => appWith(days)).toThrow('conflicts: keepDays is days, more than none')
})
