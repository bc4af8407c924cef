import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { rowText } from '../../../src/core/external/untraced-changes.ts'
import type { ComparedRange, KeyRange } from '../../../src/core/outbox/postgres-port.ts'
import type { Collection } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { type Gateway, useDatabase } from '../support/database.ts'
import { done, EPOCH, rowChanges } from '../support/edits.ts'
import { samplesApp as app, full, none, SAMPLES_SQL } from '../support/samples.ts'

const database = useDatabase()

beforeAll(() => database.sql(SAMPLES_SQL))

const PLACE = { epoch: EPOCH, after: 0, head: 0 }

const everything = { collection: 'samples', after: '', upTo: undefined, limit: 1_000 }

/** What the object would hold against a digest of Postgres. */
function digestOf(rows: readonly Row[]): string {
  const [collection] = app.manifest.collections
  if (!collection) throw new Error('the samples have a collection')
  return createHash('sha256')
    .update(rows.map((row) => rowText(collection satisfies Collection, row)).join('\n'))
    .digest('hex')
}

/** A range as of a ledger that is in order. */
async function rangeOf(
  gateway: Gateway,
  range: Partial<KeyRange>,
  cursor = database.beginning,
): Promise<ComparedRange> {
  const answer = await done(gateway.range({ ...everything, whole: false, ...range }, PLACE, cursor))
  if (!('external' in answer)) throw new Error(`the ledger is not in order: ${answer.is}`)
  return answer
}

async function rowsOf(gateway: Gateway, range: Partial<KeyRange> = {}): Promise<readonly Row[]> {
  const answer = await rangeOf(gateway, { whole: true, ...range })
  if (!('rows' in answer)) throw new Error('rows were asked for')
  return answer.rows
}

test('CMP-9 rows of every type have the same text on both sides', async () => {
  const gateway = database.gateway('texts', { app })
  await done(gateway.open(EPOCH))
  const json = [
    '{"longer":1,"b":2,"a":[1.5,"x",{"é":null}]}',
    '"a \\"text\\" \\u0001\\u007f \\u2028 /"',
    '[[],{},true,false,null,-1]',
    '12345678901234',
  ]
  const rows: Row[] = [
    full,
    { ...none, id: 'none' },
    { ...none, id: 'words', words: 'tab\t bell\u0007 \u007f \u2028 back\\slash /slash "quote" \b\f\r' },
    ...json.map((text, i) => ({ ...none, id: `json-${i}`, any: JSON.parse(text) })),
    ...[-0.5, 1e-4, 123456789.123, 5e14, -1, 0].map((real, i) => ({ ...none, id: `real-${i}`, real })),
    { ...none, id: 'tags', tags: [], moment: '0001-01-01T00:00:00.000Z', flag: false },
  ]
  await database.sql(
    `INSERT INTO samples (tenant_id, id, some_words, small, large, real_number, flag, day, at_moment, tags, any_json)
     SELECT 'texts', id, words, small, large, real, flag, day, moment, tags, nullif("any", 'null')
     FROM jsonb_to_recordset($1) AS r(id text, words text, small integer, large bigint, real float8,
       flag boolean, day date, moment timestamptz, tags text[], "any" jsonb)`,
    [JSON.stringify(rows)],
  )
  const stored = await rowsOf(gateway)
  expect(stored).toHaveLength(rows.length)
  let after = ''
  for (const row of stored) {
    const id = String(row['id'])
    const range = await rangeOf(gateway, { after, upTo: id })
    expect({ ...range, row }).toMatchObject({ digest: digestOf([row]), applied: 0 })
    after = id
  }
  expect(await rangeOf(gateway, {})).toMatchObject({ digest: digestOf(stored), upTo: undefined })
})

test('CMP-10 a range ends after its rows or a megabyte, with one row at least', async () => {
  const gateway = database.gateway('long', { app })
  await done(gateway.open(EPOCH))
  await database.sql(
    `INSERT INTO samples (tenant_id, id, some_words)
     SELECT 'long', 'r' || i, repeat('x', CASE WHEN i < 4 THEN 3000000 ELSE 1 END) FROM generate_series(1, 8) AS i`,
  )
  const ends: (string | undefined)[] = []
  let after: string | undefined = ''
  while (after !== undefined) {
    const answer: ComparedRange = await rangeOf(gateway, { after, limit: 4 })
    after = answer.upTo
    ends.push(after)
  }
  expect(ends).toEqual(['r1', 'r2', 'r3', 'r7', undefined])
  expect((await rowsOf(gateway, { after: 'r3', upTo: 'r5' })).map(({ id }) => id)).toEqual(['r4', 'r5'])
})

test('CMP-11 rows, ledger and external changes are of one moment, whoever writes meanwhile', async () => {
  const tenant = 'moment'
  const gateway = database.gateway(tenant, { app })
  let { cursor } = await done(gateway.open(EPOCH))
  const state = new Map<string, Row>()
  const writers = [await database.session(), await database.session()]
  let writing = true
  const write = async (writer: (typeof writers)[number], index: number) => {
    for (let i = 0; writing; i++) {
      const id = `${index}-${i % 7}`
      if (i % 5 === 4)
        await writer.query('DELETE FROM samples WHERE tenant_id = $1 AND id = $2', [tenant, id])
      else
        await writer.query(
          `INSERT INTO samples (tenant_id, id, small) VALUES ($1, $2, $3)
           ON CONFLICT (tenant_id, id) DO UPDATE SET small = excluded.small`,
          [tenant, id, i],
        )
    }
  }
  const written = Promise.all(writers.map(write))
  let changes = 0
  for (let round = 0; round < 60; round++) {
    const answer = await rangeOf(gateway, { whole: true }, cursor)
    cursor = answer.external.cursor
    for (const { kind, id, after } of rowChanges(answer.external.changes)) {
      if (kind === 'delete') state.delete(id)
      else state.set(id, { ...state.get(id), ...after })
      changes += 1
    }
    if (answer.external.more || !('rows' in answer)) continue
    expect(Object.fromEntries(answer.rows.map((row) => [row['id'], row]))).toEqual(Object.fromEntries(state))
  }
  writing = false
  await written
  expect(changes).toBeGreaterThan(60)
})

test('CMP-12 a log that another took over, or that has nothing to do with the ledger, is told so', async () => {
  const gateway = database.gateway('taken', { app })
  const range = { ...everything, whole: false }
  expect(await done(gateway.range(range, PLACE, database.beginning))).toMatchObject({ is: 'diverged' })
  await done(gateway.open(EPOCH))
  await done(gateway.open('epoch-2'))
  expect(await done(gateway.range(range, PLACE, database.beginning))).toEqual({
    is: 'fenced',
    epoch: 'epoch-2',
  })
})
