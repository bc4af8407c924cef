import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Applied, Refusal } from '../../../src/core/outbox/batch.ts'
import {
  correctionsOf,
  MAX_BATCH_BYTES,
  MAX_BATCH_EDITS,
  netChanges,
  nextLimit,
  planBatch,
} from '../../../src/core/outbox/outbox.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { holds } from '../../support/property.ts'
import { actions, CARD_IDS, tenantAfter } from '../../support/random-log.ts'
import { writeStrictly } from '../../support/strict-table.ts'

const COLLECTIONS = ['cards', 'keepers', 'awards']

const plan = (after: number, entries: Iterable<LogEntry>) =>
  planBatch({ epoch: 'epoch1', after, entries, corrections: correctionsOf([]) }, COLLECTIONS)

function entry(seq: number, notes = ''): LogEntry {
  const after = { id: `c${seq}`, note: notes }
  return {
    seq,
    actor: 'client-a1',
    n: seq,
    subject: 'mia',
    at: 0,
    changes: [{ kind: 'insert', collection: 'cards', id: after.id, after }],
  }
}

describe('the net changes of an interval', () => {
  it('REC-11 whatever the batches, Postgres ends with the rows as they stand', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 })
    holds(
      fc.property(actions, sizes, (list, steps) => {
        const tenant = tenantAfter(list)
        const table = new Map<string, Row>()
        for (let from = 0, i = 0; from < tenant.head; i++) {
          const to = from + (steps[i % steps.length] ?? 1)
          for (const changes of netChanges(tenant.log.slice(from, to), COLLECTIONS))
            writeStrictly(table, changes)
          from = to
        }
        for (const id of CARD_IDS) expect(table.get(id)).toEqual(tenant.row('cards', id))
      }),
    )
  })

  it('REC-11 a counter travels as its delta, so that it adds to what others wrote in Postgres', () => {
    const { log } = tenantAfter([
      ['insert', 'c1', 1],
      ['vote', 'c1', 2],
      ['vote', 'c1', 3],
    ])
    expect(netChanges(log.slice(1), COLLECTIONS)).toMatchObject([
      { updates: [{ id: 'c1', set: {}, add: { votes: 5 } }] },
    ])
  })

  it('REC-11 a delta on a value that was emptied before is that value', () => {
    const at = { kind: 'update', collection: 'cards', id: 'c1', before: {} } as const
    const emptied: LogEntry = { ...entry(1), changes: [{ ...at, after: { votes: null } }] }
    const moved: LogEntry = { ...entry(2), changes: [{ ...at, after: { votes: 2 }, adds: { votes: 2 } }] }
    expect(netChanges([emptied, moved], COLLECTIONS)).toMatchObject([
      { updates: [{ id: 'c1', set: { votes: 2 }, add: {} }] },
    ])
  })

  it('REC-11 tables come in the order they are declared, whatever the order of the edits', () => {
    const { log } = tenantAfter([['insert', 'c1', 1]])
    const award = { kind: 'insert', collection: 'awards', id: 'a1', after: { id: 'a1' } } as const
    const edits: LogEntry[] = [{ ...entry(1), changes: [award] }, ...log]
    expect(netChanges(edits, COLLECTIONS).map(({ collection }) => collection)).toEqual(['cards', 'awards'])
  })
})

describe('a batch', () => {
  it('REC-12 covers an interval without a gap and ends at its limit of edits', () => {
    const entries = Array.from({ length: MAX_BATCH_EDITS + 5 }, (_, i) => entry(i + 8))
    const batch = plan(7, entries)
    expect(batch.entries.map(({ seq }) => seq)).toEqual(
      entries.slice(0, MAX_BATCH_EDITS).map(({ seq }) => seq),
    )
    expect(batch).toMatchObject({ after: 7, upTo: 7 + MAX_BATCH_EDITS })
  })

  it('TEN-66 is a quarter as large after one without an answer, and grows again with those that pass whole', () => {
    const sent = plan(
      0,
      Array.from({ length: 5_000 }, (_, i) => entry(i + 1)),
    )
    const external = { cursor: '', changes: [], more: false }
    const answer = (is: 'applied' | 'behind', applied: number, refusals: Refusal[] = []): Applied => ({
      is,
      applied,
      refusals,
      external,
    })
    expect(nextLimit(MAX_BATCH_EDITS, sent, undefined)).toBe(1_250)
    expect(nextLimit(2_500, plan(0, [entry(1)]), undefined)).toBe(1)
    const empty = { ...sent, upTo: 0, entries: [], net: [] }
    expect(nextLimit(2_500, empty, undefined)).toBe(2_500)
    expect(nextLimit(2_500, sent, answer('applied', 5_000))).toBe(5_000)
    expect(nextLimit(5_000, sent, answer('applied', 5_000))).toBe(MAX_BATCH_EDITS)
    expect(nextLimit(MAX_BATCH_EDITS, sent, answer('applied', 500))).toBe(500)
    expect(nextLimit(MAX_BATCH_EDITS, sent, answer('applied', 0))).toBe(1)
    const refusal = { seq: 20, sqlState: '23514', message: 'no' }
    expect(nextLimit(2_500, sent, answer('applied', 20, [refusal]))).toBe(2_500)
    expect(nextLimit(2_500, sent, answer('behind', 0))).toBe(2_500)
  })

  it('REC-12 ends at its limit of bytes, and holds one edit at least', () => {
    const big = 'x'.repeat(MAX_BATCH_BYTES)
    expect(plan(0, [entry(1, big), entry(2)]).upTo).toBe(1)
    expect(plan(0, [entry(1), entry(2, big)]).upTo).toBe(1)
  })

  it('REC-12 reads the log no further than it goes', () => {
    let read = 0
    function* log() {
      for (;;) yield entry(++read, 'x'.repeat(MAX_BATCH_BYTES / 4))
    }
    const { upTo } = plan(0, log())
    expect(read).toBe(upTo + 1)
  })
})
