import * as fc from 'fast-check'
import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { audit, clean, LIVED, live, tampered } from '../support/audited.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, oneByOne } from '../support/edits.ts'
import { numbersFrom, randomEdits } from '../support/random-edits.ts'

const database = useDatabase()
let client: pg.Client

beforeAll(async () => {
  await live(database, 'acme')
  client = await database.session()
})

const OF = (tenant: string) => `tidemark.history_batch WHERE tenant_id = '${tenant}'`
const change = (set: string, line: number, tenant = 'acme') =>
  `UPDATE tidemark.history_batch SET ${set} WHERE tenant_id = '${tenant}' AND line = ${line}`
const ledger = (set: string, tenant = 'acme') =>
  `UPDATE tidemark.ledger SET ${set} WHERE tenant_id = '${tenant}'`
const drop = (line: number, tenant = 'acme') => `DELETE FROM ${OF(tenant)} AND line = ${line}`
/** Numbers the lines from there on anew. */
const shift = (from: number, by: number, tenant = 'acme') =>
  `UPDATE tidemark.history_batch SET line = line + ${by} WHERE tenant_id = '${tenant}' AND line >= ${from}`
/** As whoever knows how hashes are made would. */
const rehash = (line: number, tenant = 'acme') =>
  change(
    'hash = tidemark.hash_line(previous, tenant_id, epoch, last_seq, edits, changes, refusal)',
    line,
    tenant,
  )
/** A forged line of that number, written after the one before it. */
const forge = (line: number, tenant = 'acme') => `
  INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, refusal, line, previous, hash)
    SELECT tenant_id, 'forged', last_seq, edits, changes, refusal, ${line}, hash,
        tidemark.hash_line(hash, tenant_id, 'forged', last_seq, edits, changes, refusal)
      FROM ${OF(tenant)} AND line = ${line - 1}`
const swapNumbers = (one: number, other: number, tenant = 'acme') =>
  `UPDATE tidemark.history_batch SET line = ${one + other} - line
    WHERE tenant_id = '${tenant}' AND line IN (${one}, ${other})`

const found = async (...statements: string[]) => (await tampered(client, 'acme', statements)).tampering

test.for([
  ['edits', `edits = replace(edits::text, '"ada"', '"eve"')::json`],
  ['edits, by a space', "edits = (edits::text || ' ')::json"],
  ['changes', "changes = replace(changes, 'Zoë', 'Zoe')"],
  ['a refusal', 'refusal = refusal || \'{"message": "none"}\''],
  ['a refusal that is gone', 'refusal = NULL'],
  ['the seq', 'last_seq = last_seq + 50'],
  ['the epoch', "epoch = 'epoch-0'"],
  ['the hash', 'hash = sha256(hash)'],
  ['the hash before it', 'previous = sha256(previous)'],
] as const)('AUD-3 a change of %s is found in its line', async ([, set]) => {
  const all = await found(change(set, 2))
  expect(all[0]).toMatchObject({ tenant: 'acme', kind: 'changed', fromLine: 2, toLine: 2, fromSeq: 3 })
})

test('AUD-3 a change of content alone is one finding, with epoch and seqs', async () => {
  expect(await found(change("changes = changes || ' '", 2))).toEqual([
    {
      tenant: 'acme',
      kind: 'changed',
      fromLine: 2,
      toLine: 2,
      epoch: EPOCH,
      fromSeq: 3,
      toSeq: 4,
      message: 'its content was changed after it was written.',
    },
  ])
})

test('AUD-3 a line whose hash was made anew is not the one that the next was written after', async () => {
  const all = await found(change("changes = changes || ' '", 2), rehash(2))
  expect(all).toMatchObject([{ kind: 'replaced', fromLine: 2, toLine: 2, fromSeq: 3, toSeq: 4 }])
  const last = await found(change("changes = changes || ' '", 10), rehash(10))
  expect(last).toMatchObject([{ kind: 'uncounted', fromLine: 10, toLine: 10 }])
})

describe('AUD-4', () => {
  test('AUD-4 a line that is missing is found, first or in between', async () => {
    for (const line of [1, 2, 5, 9])
      expect(await found(drop(line))).toMatchObject([{ kind: 'missing', fromLine: line, toLine: line }])
    expect(await found(drop(4), drop(5))).toMatchObject([{ kind: 'missing', fromLine: 4, toLine: 5 }])
  })

  test('AUD-4 a line that is missing is found, also where those after it were numbered anew', async () => {
    const all = await found(drop(8), shift(9, -1))
    expect(all).toMatchObject([
      { kind: 'missing', fromLine: 7, toLine: 8, epoch: 'epoch-2', fromSeq: 2, toSeq: 2 },
      { kind: 'cut', fromLine: 10, toLine: 10 },
    ])
    expect(await found(drop(1), shift(2, -1))).toMatchObject([
      { kind: 'missing', fromLine: 1, toLine: 1 },
      { kind: 'cut' },
    ])
  })

  test('AUD-4 a line that was inserted is found, with a number of its own or that of another', async () => {
    for (const line of [2, 5, 10])
      expect(await found(shift(line, 1), forge(line))).toMatchObject([
        { kind: 'inserted', fromLine: line, toLine: line, epoch: 'forged' },
        { kind: 'uncounted', fromLine: 11, toLine: 11 },
      ])
    expect(await found(forge(5))).toMatchObject([{ kind: 'inserted', fromLine: 5, toLine: 5 }])
    expect(await found(forge(11))).toMatchObject([{ kind: 'uncounted', fromLine: 11, toLine: 11 }])
  })

  test('AUD-4 lines that changed places are found', async () => {
    const places = async (one: number, other: number) =>
      (await found(swapNumbers(one, other))).map(({ kind, fromLine }) => [kind, fromLine])
    expect(await places(3, 7)).toEqual([
      ['moved', 2],
      ['moved', 3],
      ['moved', 6],
      ['moved', 7],
    ])
    // Of neighbours, either may have come between.
    expect(await places(4, 5)).toEqual([
      ['moved', 3],
      ['inserted', 4],
      ['inserted', 5],
    ])
  })

  test('AUD-4 a line of another tenant is found, and is missing there', async () => {
    await live(database, 'other')
    const move = change("tenant_id = 'other', epoch = 'stolen'", 5)
    expect(await found(move)).toMatchObject([{ kind: 'missing', fromLine: 5 }])
    const other = (await tampered(client, 'other', [move])).tampering
    expect(other.map(({ kind, fromLine }) => [kind, fromLine])).toContainEqual(['changed', 5])
    expect(await audit(database, 'other')).toEqual(clean(LIVED))
  })
})

test('AUD-5 lines missing at the end are found, and a ledger that says otherwise', async () => {
  expect(await found(drop(10))).toMatchObject([{ kind: 'cut', fromLine: 10, toLine: 10 }])
  expect(await found(drop(9), drop(10))).toMatchObject([{ kind: 'cut', fromLine: 9, toLine: 10 }])
  expect(await found(`DELETE FROM ${OF('acme')}`)).toMatchObject([{ kind: 'cut', fromLine: 1, toLine: 10 }])
  expect(await found(drop(10), ledger('last_line = 9'))).toMatchObject([{ kind: 'uncounted', fromLine: 9 }])
  expect(await found(ledger('last_line = 12'))).toMatchObject([{ kind: 'cut', fromLine: 11, toLine: 12 }])
  expect(await found(ledger('last_hash = sha256(last_hash)'))).toMatchObject([
    { kind: 'uncounted', fromLine: 10 },
  ])
  expect(await found("DELETE FROM tidemark.ledger WHERE tenant_id = 'acme'")).toMatchObject([
    { kind: 'no-ledger', fromLine: 1, toLine: 10 },
  ])
})

/** Every way to change one thing at line `at` of `lines`. `other` is another line. */
const SINGLE: readonly ((tenant: string, at: number, other: number) => string[])[] = [
  (tenant, at) => [change("changes = changes || ' '", at, tenant)],
  (tenant, at) => [change(`edits = replace(edits::text, '"n"', '"N"')::json`, at, tenant)],
  (tenant, at) => [change(`refusal = coalesce(refusal, '{}') || '{"x": 1}'`, at, tenant)],
  (tenant, at) => [change('last_seq = last_seq + 1000', at, tenant)],
  (tenant, at) => [change('previous = sha256(previous)', at, tenant)],
  (tenant, at) => [change('hash = sha256(hash)', at, tenant)],
  (tenant, at) => [change("changes = changes || ' '", at, tenant), rehash(at, tenant)],
  (tenant, at) => [drop(at, tenant)],
  (tenant, at) => [drop(at, tenant), shift(at + 1, -1, tenant)],
  (tenant, at) => [forge(at + 1, tenant)],
  (tenant, at) => [shift(at + 1, 1, tenant), forge(at + 1, tenant)],
  (tenant, at, other) => [swapNumbers(at, other, tenant)],
  (tenant, at) => [`DELETE FROM ${OF(tenant)} AND line >= ${at}`],
  (tenant, at) => [`DELETE FROM ${OF(tenant)} AND line >= ${at}`, ledger(`last_line = ${at - 1}`, tenant)],
  (tenant, at) => [change(`line = ${at + 1000}`, at, tenant)],
]

test.for([1, 2, 3, 4])(
  'AUD-6 any single change of a random history is found where it was made (%i)',
  async (seed) => {
    const tenant = `random-${seed}`
    const gateway = database.gateway(tenant)
    await done(gateway.open(EPOCH))
    const entries = randomEdits(seed, 60)
    const below = numbersFrom(seed)
    let lines = 0
    for (let from = 0; from < entries.length; lines += 1) {
      const batch = batchOf(entries.slice(from, from + 1 + below(6)))
      const answer = await done(gateway.apply(below(4) === 0 ? oneByOne(batch) : batch))
      if (answer.is !== 'applied') throw new Error(`a batch of the history was ${answer.is}`)
      from = answer.applied
    }
    expect(await audit(database, tenant)).toEqual(clean({ lines, edits: entries.length }))
    const line = fc.integer({ min: 1, max: lines })
    const law = fc.asyncProperty(fc.constantFrom(...SINGLE), line, line, async (make, at, other) => {
      fc.pre(at !== other)
      const { tampering } = await tampered(client, tenant, make(tenant, at, other))
      const near = tampering.some(({ fromLine, toLine }) => fromLine - 1 <= at && at <= toLine + 1)
      expect({ found: tampering.length > 0, near }).toEqual({ found: true, near: true })
    })
    await fc.assert(law, { seed, numRuns: 60 })
  },
)
