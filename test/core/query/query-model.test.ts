import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { holds } from '../../support/property.ts'
import { histories } from '../../support/query-model/history.ts'
import { play } from '../../support/query-model/play.ts'

it('QRY-30 whatever happens, what a reader was told is what its query shows, and nothing else was told', () => {
  let edits = 0
  holds(
    fc.property(histories, (history) => {
      const played = play(history)
      edits += played.edits
      expect(played.faults).toEqual([])
    }),
    20_000,
  )
  expect(edits).toBeGreaterThan(100_000)
})
