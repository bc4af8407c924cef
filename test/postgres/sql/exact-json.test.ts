import { beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../../../src/core/log/log.ts'
import { correctionsOf, planBatch } from '../../../src/core/outbox/outbox.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { useDatabase } from '../support/database.ts'
import { done, EPOCH, entry, oneByOne, proposalOf, rowChanges } from '../support/edits.ts'
import { samplesApp as app, SAMPLES_SQL } from '../support/samples.ts'

const database = useDatabase()
const gateway = (tenant: string) => database.gateway(tenant, { app })

beforeAll(() => database.sql(SAMPLES_SQL))

type Change_ = (value: never) => Value

/** A row with this JSON, which its object has read. Returns what it reads, as a client holds it. */
async function withJson(tenant: string, json: string): Promise<Value> {
  await database.sql('INSERT INTO samples (tenant_id, id, any_json) VALUES ($1, $2, $3)', [
    tenant,
    's1',
    json,
  ])
  await done(gateway(tenant).open(EPOCH))
  const { rows } = await done(gateway(tenant).page('samples', { after: '', limit: 10 }))
  return rows[0]?.['any'] ?? null
}

function update(before: Value, after: Value): Change {
  return { kind: 'update', collection: 'samples', id: 's1', before: { any: before }, after: { any: after } }
}

function batch(changes: readonly Change[], seq = 1) {
  return planBatch(
    { epoch: EPOCH, after: seq - 1, entries: [entry(seq, changes)], corrections: correctionsOf([]) },
    ['samples'],
  )
}

/** What Postgres holds, to the letter. */
async function held(tenant: string): Promise<string> {
  const [row] = await database.sql('SELECT any_json::text AS text FROM samples WHERE tenant_id = $1', [
    tenant,
  ])
  return String(row?.['text'])
}

const ways = ['set-wise', 'edit by edit', 'as a proposal'] as const

async function write(way: (typeof ways)[number], tenant: string, change: Change) {
  if (way === 'as a proposal') {
    const empty = { epoch: EPOCH, after: 0, upTo: 0, entries: [], net: [] }
    return done(gateway(tenant).propose(empty, proposalOf(1, [change])))
  }
  const planned = batch([change])
  const failing = { collection: 'samples', inserts: [], updates: [], deletes: ['nobody'] }
  return done(gateway(tenant).apply(way === 'set-wise' ? planned : { ...oneByOne(planned), net: [failing] }))
}

describe('numbers in JSON that a client cannot hold', () => {
  test.for(ways)('VAL-1 stay as they are when an edit changes another key, written %s', async (way) => {
    const tenant = way.replaceAll(' ', '-')
    const seen = await withJson(tenant, '{"ref": 9007199254740993, "price": 10.00, "tiny": 1e-400, "b": 1}')
    expect(seen).toEqual({ ref: 9007199254740992, price: 10, tiny: 0, b: 1 })
    const answer = await write(way, tenant, update(seen, { ref: 9007199254740992, price: 10, tiny: 0, b: 2 }))
    expect(answer).toMatchObject({ is: 'applied', refusals: [] })
    expect(JSON.parse(await held(tenant))).toMatchObject({ b: 2 })
    expect(await held(tenant)).toContain('"ref": 9007199254740993')
    expect(await held(tenant)).toContain('"price": 10.00')
    expect(await held(tenant)).toContain('"tiny": 0.0000')
  })

  test.for<[string, string, Change_, string]>([
    [
      'at any depth',
      '[{"a": [[9007199254740993]]}, 1]',
      ([a]: never[]) => [a ?? 0, 2],
      '[{"a": [[9007199254740993]]}, 2]',
    ],
    [
      'in a list that was turned round',
      '[9007199254740993, 5.50, 7]',
      (list: never[]) => [...list].reverse(),
      '[7, 5.50, 9007199254740993]',
    ],
    [
      'in items that have moved',
      '[{"id": 1, "n": 9007199254740993}, {"id": 2, "n": 1.0}]',
      ([a, b]: never[]) => [b ?? 0, 'new', a ?? 0],
      '[{"n": 1.0, "id": 2}, "new", {"n": 9007199254740993, "id": 1}]',
    ],
    [
      'in a list that got shorter',
      '[1, 9007199254740993]',
      ([, b]: never[]) => [b ?? 0],
      '[9007199254740993]',
    ],
    [
      'under another name',
      '{"a": 0.1000000000000000055}',
      ({ a }: { a: never }) => ({ z: a }),
      '{"z": 0.1000000000000000055}',
    ],
    [
      'in an item that has moved and changed',
      '[{"n": 9007199254740993, "s": 1}, 4]',
      ([a]: { s: never }[]) => [4, { ...a, s: 2 }],
      '[4, {"n": 9007199254740993, "s": 2}]',
    ],
    ['one level further in', '9007199254740993', (n: never) => ({ was: n }), '{"was": 9007199254740993}'],
    [
      'beside those that were written anew',
      '{"a": 9007199254740993, "b": 2.50}',
      () => ({ a: 5, b: 2.5 }),
      '{"a": 5, "b": 2.50}',
    ],
    [
      'and a value of another kind replaces them',
      '{"a": 9007199254740993}',
      () => ({ a: 'none' }),
      '{"a": "none"}',
    ],
    ['and so does an empty one', '[9007199254740993]', () => [], '[]'],
  ])('VAL-2 stay as they are %s', async ([, json, change, expected], { task }) => {
    const tenant = `moved-${task.id}`
    const seen = await withJson(tenant, json)
    expect(await write('set-wise', tenant, update(seen, change(seen as never)))).toMatchObject({
      refusals: [],
    })
    expect(await held(tenant)).toBe(expected)
  })

  test.for<[string, string, Change_]>([
    [
      'two numbers that look the same',
      '{"a": 9007199254740993, "b": 9007199254740992.5}',
      ({ a }: { a: never }) => ({ c: a }),
    ],
    [
      'one of two items that look the same',
      '[9007199254740993, 9007199254740992]',
      (list: never[]) => [0, ...list],
    ],
  ])('VAL-3 an edit that may mean %s is refused by name', async ([, json, change], { task }) => {
    const tenant = `doubt-${task.id}`
    const seen = await withJson(tenant, json)
    expect(await write('set-wise', tenant, update(seen, change(seen as never)))).toMatchObject({
      applied: 1,
      refusals: [{ seq: 1, sqlState: 'TM005', message: expect.stringContaining('9007199254740992') }],
    })
    expect(await held(tenant)).toBe(json)
  })

  test('VAL-4 are no difference: not to a trigger that stores rows otherwise, nor as an external change', async () => {
    await database.sql(`
      CREATE FUNCTION trim_words() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.some_words := trim(NEW.some_words); RETURN NEW; END $$;
      CREATE TRIGGER trim_words BEFORE UPDATE ON samples FOR EACH ROW EXECUTE FUNCTION trim_words()`)
    const seen = await withJson('same', '{"ref": 9007199254740993, "b": 1}')
    const answer = await write('set-wise', 'same', update(seen, { ref: 9007199254740992, b: 2 }))
    expect(answer).toMatchObject({ external: { changes: [] } })
    await database.sql(
      `UPDATE samples SET any_json = '{"ref": 9007199254740992.2, "b": 2.0}' WHERE tenant_id = 'same'`,
    )
    expect(rowChanges((await done(gateway('same').changes())).changes)).toEqual([])
  })

  test('VAL-5 an edit of a value without them writes what was sent, whatever there was', async () => {
    const seen = await withJson('plain', '{"a": [1, 2, {"b": null}], "c": 0.1}')
    for (const [index, value] of [[3, 2, 1], 'text', null, { c: 0.1, a: true }].entries()) {
      const answer = await done(gateway('plain').apply(batch([update(seen, value)], index + 1)))
      expect(answer).toMatchObject({ refusals: [] })
      const [row] = await database.sql("SELECT any_json AS json FROM samples WHERE tenant_id = 'plain'")
      expect(row?.['json'] ?? null).toEqual(value)
    }
  })
})
