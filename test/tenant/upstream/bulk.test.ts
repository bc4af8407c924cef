import { runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { planBatch } from '../../../src/core/outbox/outbox.ts'
import type { Sql } from '../../../src/platform/platform.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee } from '../support/samples.ts'
import { appliedOf, logOf, nudge, objectOf } from '../support/tenant-world.ts'

/** More than one page of external changes. */
const ROWS = 10_000

let calls: PostgresCalls | undefined

afterEach(() => calls?.stop())

const idOf = (place: number) => `a${String(place).padStart(5, '0')}`

/** Ada, who holds assignees a00001 and so on, all of them from Postgres. */
async function withAssignees(name: string, rows = ROWS) {
  const tenant = newTenant(name)
  await sql(
    `INSERT INTO assignees (tenant_id, id, name)
       SELECT $1, 'a' || lpad(i::text, 5, '0'), 'Assignee' FROM generate_series(1, ${rows}) AS i`,
    tenant,
  )
  const ada = await Peer.join({ sub: 'ada', tenant })
  return { tenant, ada }
}

const rename = (id: string, field: 'name' | 'city', value: string) =>
  ({ op: 'update', collection: 'assignees', id, fields: { [field]: { set: value } } }) as const

const isRowsOf = (text: string) => (frame: Down) =>
  frame[0] === 'rows' && JSON.stringify(frame).includes(text)

describe('while 10,000 changes of others arrive', () => {
  it('BLK-3 an edit of the last of these rows, and one of another, are stored before the burst is read to its end', async () => {
    const { tenant, ada } = await withAssignees('burst')
    await ada.push(ada.edit(assignee('apart')))
    await ada.committed(1)
    // Changed by one statement row by row, the last row last.
    await sql(
      `UPDATE assignees SET city = 'Leeds' FROM (
         SELECT tenant_id AS of, id AS wanted FROM assignees WHERE tenant_id = $1 AND id ~ '^a[0-9]' ORDER BY id
       ) AS sorted WHERE tenant_id = of AND id = wanted`,
      tenant,
    )
    const [{ id: last } = { id: '' }] = await sql(
      "SELECT row_id AS id FROM tidemark.sync_change WHERE tenant_id = $1 AND op = 'update' ORDER BY id DESC LIMIT 1",
      tenant,
    )
    const [{ id: nextToLast } = { id: '' }] = await sql(
      "SELECT row_id AS id FROM tidemark.sync_change WHERE tenant_id = $1 AND op = 'update' ORDER BY id DESC LIMIT 1 OFFSET 1",
      tenant,
    )
    await ada.push(
      ada.edit(rename(String(last), 'name', 'edited')),
      ada.edit(rename('apart', 'city', 'York')),
    )
    await ada.committed(3)
    await ada.until('the whole burst', () => ada.frames.some(isRowsOf(`"${nextToLast}",`)))
    const committedAt = ada.frames.findIndex((frame) => frame[0] === 'committed' && frame[1] >= 3)
    const endAt = ada.frames.findIndex(isRowsOf(`"${nextToLast}",`))
    expect(committedAt).toBeGreaterThan(-1)
    expect(committedAt).toBeLessThan(endAt)
    expect(
      await sql('SELECT name, city FROM assignees WHERE tenant_id = $1 AND id = $2', tenant, last),
    ).toEqual([{ name: 'edited', city: 'Leeds' }])
    expect((await logOf(tenant)).filter(({ external }) => external)).toHaveLength(ROWS)
  })

  it('BLK-1 they are taken in a few turns, with a few calls', async () => {
    const { tenant, ada } = await withAssignees('turns')
    await sql("UPDATE assignees SET city = 'Leeds' WHERE tenant_id = $1", tenant)
    calls = watchPostgres()
    const before = ada.frames.length
    await nudge(tenant)
    await expect.poll(() => appliedOf(tenant), { timeout: 20_000 }).toBe(ROWS)
    const asked = calls.about('tidemark.').filter(({ query }) => /look|apply_batch/.test(query))
    expect(asked.length).toBeLessThanOrEqual(8)
    expect(ada.frames.slice(before).filter(([kind]) => kind === 'rows')).toHaveLength(4)
  })

  it('BLK-6 edits, deletes and inserts of the same rows meanwhile end with the same rows on both sides', async () => {
    const { tenant, ada } = await withAssignees('meet', 4_000)
    const statements = [
      "UPDATE assignees SET city = 'Leeds', name = 'theirs' WHERE tenant_id = $1",
      "DELETE FROM assignees WHERE tenant_id = $1 AND id > 'a02000'",
      `INSERT INTO assignees (tenant_id, id, name)
         SELECT $1, 'd' || lpad(i::text, 5, '0'), 'New' FROM generate_series(1, 4000) AS i
         ON CONFLICT DO NOTHING`,
      "UPDATE assignees SET city = 'Hull' WHERE tenant_id = $1",
    ]
    let n = 0
    for (const statement of statements) {
      await sql(statement, tenant)
      const ids = [idOf(3), idOf(1_990), idOf(2_100 + n), idOf(3_990)]
      const edits = ids.map((id) => ada.edit(rename(id, 'name', `mine ${++n}`)))
      const remove = ada.edit({ op: 'delete', collection: 'assignees', id: idOf(1_000 + n) })
      await ada.push(...edits, remove, ada.edit(assignee(`d0${3_000 + n}`)))
    }
    await nudge(tenant)
    const head = async () => (await logOf(tenant)).at(-1)?.seq
    await expect
      .poll(async () => (await appliedOf(tenant)) === (await head()), { timeout: 25_000 })
      .toBe(true)
    const stored = await sql('SELECT id, name, city FROM assignees WHERE tenant_id = $1 ORDER BY id', tenant)
    const held = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
      storage.sql
        .exec<{ row: string }>(
          "SELECT row FROM record WHERE collection = 'assignees' AND deleted_seq IS NULL ORDER BY id",
        )
        .toArray()
        .map(({ row }) => JSON.parse(row)),
    )
    expect(held.map(({ id, name, city }) => ({ id, name, city }))).toEqual(stored)
    expect(stored.length).toBeGreaterThan(4_000)
  })
})

it('BLK-7 an edit goes on that waits for a change which comes to nothing here', async () => {
  const tenant = newTenant('nothing')
  await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Assignee')", tenant)
  const ada = await Peer.join({ sub: 'ada', tenant })
  const told = vi.spyOn(console, 'log')
  // A column that the application does not know.
  await sql('ALTER TABLE assignees ADD COLUMN scratch text')
  try {
    await sql("UPDATE assignees SET scratch = 'x' WHERE tenant_id = $1", tenant)
    await ada.push(ada.edit(rename('a1', 'city', 'York')))
    await ada.committed(1)
  } finally {
    await sql('ALTER TABLE assignees DROP COLUMN scratch')
  }
  expect(told.mock.calls.filter(([line]) => String(line).includes(tenant))).toEqual([])
  told.mockRestore()
})

/** An external change as the log has it. */
function external(seq: number): LogEntry {
  const change = { kind: 'update', collection: 'assignees', id: `a${seq}` } as const
  const rows = { before: { city: '' }, after: { city: 'Leeds' } }
  return {
    ...{ seq, actor: 'sql', n: seq, subject: 'psql', at: 0, changes: [{ ...change, ...rows }] },
    external: [{ ...change, ...rows, seen: 0, replaces: false }],
    repairs: [],
  }
}

it('BLK-4 a batch reads the same, however many external changes wait behind it, also after what was undone', async () => {
  const costs = await Promise.all(
    [10, 5_000].map((waiting) =>
      runInDurableObject(objectOf(newTenant('cost')), (_, { storage }) => {
        let reads = 0
        const counted: Sql = {
          exec: (statement, ...values) => {
            reads += 1
            return storage.sql.exec<never>(statement, ...values)
          },
        }
        const store = new Store(
          {
            sql: counted,
            transactionSync: (work) => storage.transactionSync(work),
            getAlarm: () => storage.getAlarm(),
            setAlarm: (at) => storage.setAlarm(at),
            deleteAlarm: () => storage.deleteAlarm(),
          },
          4,
        )
        const write = (entries: readonly LogEntry[]) => {
          const turn = new Turn(store, 0)
          for (const entry of entries) turn.append(entry, [])
          store.transaction((txn) => txn.write(turn))
        }
        const own = { ...external(1), actor: 'a', subject: 'ada' }
        const { external: _external, repairs: _repairs, ...edit } = own
        write([edit])
        const plan = () => {
          const log = { epoch: 'e', after: 0, entries: store.entries(0), corrections: store.corrections }
          return planBatch(log, ['assignees'], 1)
        }
        plan()
        write(Array.from({ length: waiting }, (_, place) => external(place + 2)))
        const before = reads
        const batch = plan()
        return { reads: reads - before, upTo: batch.upTo, kept: store.corrections.all().length }
      }),
    ),
  )
  const [few, many] = costs
  expect(many).toEqual(few)
  // What is as it was logged is not kept a second time.
  expect(few).toMatchObject({ upTo: 1, kept: 0 })
})
