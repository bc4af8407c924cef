import { expect, it } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import { Turn } from '../../../src/core/edits/turn.ts'
import { unsentBy } from '../../../src/core/external/unsent.ts'
import type { Change, External, LogEntry } from '../../../src/core/log/log.ts'
import { correctionsOf, MAX_BATCH_BYTES, planBatch } from '../../../src/core/outbox/outbox.ts'
import { Superseded } from '../../../src/core/outbox/superseded.ts'
import { board } from '../../fixtures/board.ts'
import { MemoryTenant } from '../../support/memory-tenant.ts'

const place = (id: string) => ({ collection: 'cards', id })

const updated = (id: string, column: string, after: string): Change => ({
  kind: 'update',
  ...place(id),
  before: { [column]: '' },
  after: { [column]: after },
})

function externalEntry(seq: number, id: string, column: string, replaces = false): LogEntry {
  const external: External = {
    kind: 'update',
    ...place(id),
    before: { [column]: '' },
    after: { [column]: `outside ${seq}` },
    seen: 0,
    replaces,
  }
  const changes = [updated(id, column, `outside ${seq}`)]
  return { seq, actor: 'sql', n: seq, subject: 'psql', at: 0, changes, external: [external], repairs: [] }
}

function ownEntry(seq: number, id: string, column: string): LogEntry {
  return { seq, actor: 'a', n: seq, subject: 'mia', at: 0, changes: [updated(id, column, `own ${seq}`)] }
}

/** A log in which people and others change the same few records. */
function drawLog(seed: number, length: number): LogEntry[] {
  const random = new Random(seed)
  return Array.from({ length }, (_, index) => {
    const [id, column] = [`c${random.whole(1, 4)}`, random.pick(['note', 'title'])]
    const seq = index + 1
    return random.chance(0.5) ? ownEntry(seq, id, column) : externalEntry(seq, id, column, random.chance(0.2))
  })
}

it('BLK-4 what external changes overtake is kept up entry by entry, and says the same as all of them together', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const log = drawLog(seed, 40)
    const kept = new Superseded()
    const random = new Random(seed)
    let committed = 0
    for (const [index, entry] of log.entries()) {
      kept.take(entry)
      if (random.chance(0.3)) committed = random.whole(committed, index)
      kept.drop(committed)
      const waiting = log.slice(committed, index + 1)
      const together = correctionsOf(waiting.filter(({ external }) => external))
      for (const one of waiting) expect(kept.remaining(one)).toEqual(together.remaining(one))
    }
    kept.drop(log.length)
    expect(kept.size).toBe(0)
  }
})

it('BLK-4 entries that may be missing in Postgres are read once for a page, however many of its changes ask', () => {
  const tenant = new MemoryTenant(board)
  const turn = new Turn(tenant, 0)
  const log = Array.from({ length: 1_000 }, (_, index) => ownEntry(index + 1, `c${index}`, 'note'))
  let reads = 0
  const unsent = unsentBy(turn, () => {
    reads += 1
    return [...log, ...turn.entries]
  })
  for (let seq = 1; seq <= 1_000; seq++) {
    expect(unsent(place(`c${seq - 1}`)).map((entry) => entry.seq)).toContain(seq)
    // What the turn has taken so far is among them, once.
    turn.append(externalEntry(seq, `c${seq - 1}`, 'note'), [])
    expect(unsent(place(`c${seq - 1}`))).toHaveLength(2)
  }
  expect(unsent(place('nobody'))).toEqual([])
  expect(reads).toBe(1)
})

it('BLK-5 a batch of external changes is bounded by the bytes of what the history is to have of them', () => {
  const large = 'x'.repeat(10_000)
  const entries = Array.from({ length: 500 }, (_, index) => {
    const entry = externalEntry(index + 1, `c${index}`, 'note')
    const [row] = entry.external ?? []
    return row ? { ...entry, changes: [], external: [{ ...row, after: { note: large } }] } : entry
  })
  const batch = planBatch({ epoch: 'e', after: 0, entries, corrections: correctionsOf(entries) }, ['cards'])
  expect(batch.upTo).toBeLessThan(500)
  expect(batch.upTo * large.length).toBeLessThanOrEqual(MAX_BATCH_BYTES)
  expect(batch.upTo * large.length).toBeGreaterThan(MAX_BATCH_BYTES / 2)
  expect(batch.net).toEqual([])
})
