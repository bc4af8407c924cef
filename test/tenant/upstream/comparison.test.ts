import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'
import { sql, untraced } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { appliedOf, logOf, metaOf, objectOf, postNudge, signNudge } from '../support/tenant-world.ts'

const DAY_MS = 24 * 3_600_000

let calls: PostgresCalls

beforeEach(() => {
  calls = watchPostgres()
})

afterEach(() => calls.stop())

/** Assignees in Postgres, before anybody has opened the tenant. */
async function withAssignees(name: string, rows: number) {
  const tenant = newTenant(name)
  await sql(
    `INSERT INTO assignees (tenant_id, id, name) SELECT $1, 'a' || lpad(i::text, 5, '0'), 'Assignee ' || i FROM generate_series(1, ${rows}) AS i`,
    tenant,
  )
  const ada = await Peer.join({ sub: 'ada', tenant })
  return { tenant, ada }
}

const inPostgres = async (tenant: string, table = 'assignees') =>
  (await sql(`SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY id`, tenant)).map(
    ({ tenant_id: _, ...row }) => row,
  )

const inObject = (tenant: string, collection = 'assignees') =>
  runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql
      .exec<{ row: string }>(
        'SELECT row FROM record WHERE collection = ? AND deleted_seq IS NULL ORDER BY id',
        collection,
      )
      .toArray()
      .map(({ row }): Row => JSON.parse(row)),
  )

/** Asks for a comparison, as a service that has just loaded data would. */
async function compare(tenant: string): Promise<void> {
  const token = await signNudge({ tenant })
  expect((await postNudge(token, '?compare')).status).toBe(204)
}

/** Waits until everything is compared, and whatever was found is in the audit history. */
async function compared(tenant: string): Promise<void> {
  await expect.poll(() => metaOf(tenant, 'comparison')).toBe('')
}

const ranges = (tenant: string) =>
  calls.about('row_to_json(page.*)::text').filter(({ params }) => params[0] === tenant)

describe('what was changed in Postgres with triggers off', () => {
  it('CMP-1 is found by comparison: on every screen, once in the log, and nothing is written back', async () => {
    const { tenant, ada } = await withAssignees('load', 2_500)
    await untraced(
      tenant,
      "DELETE FROM assignees WHERE tenant_id = $1 AND id BETWEEN 'a00100' AND 'a01399'",
      "UPDATE assignees SET city = 'Lund', name = 'Changed' WHERE tenant_id = $1 AND id IN ('a00001', 'a02000', 'a02500')",
      "INSERT INTO assignees (tenant_id, id, name) SELECT $1, 'n' || i, 'New' FROM generate_series(1, 1100) AS i",
    )
    const before = await inPostgres(tenant)
    await compare(tenant)
    await compared(tenant)

    expect(await inObject(tenant)).toEqual(before)
    const log = await logOf(tenant)
    expect(log).toHaveLength(1_300 + 3 + 1_100)
    expect(new Set(log.map(({ actor, subject }) => `${actor} ${subject}`))).toEqual(
      new Set(['sql comparison']),
    )
    expect(log.find(({ external }) => external?.[0]?.id === 'a02000')?.external?.[0]).toMatchObject({
      kind: 'update',
      before: { city: '', name: 'Assignee 2000' },
      after: { city: 'Lund', name: 'Changed' },
    })
    await expect.poll(() => appliedOf(tenant)).toBe(log.length)
    expect(await inPostgres(tenant)).toEqual(before)
    expect(
      await sql('SELECT id FROM tidemark.sync_change WHERE tenant_id = $1 AND seen > 0', tenant),
    ).toEqual([])
    const shown = new Map<unknown, unknown>()
    for (const frame of ada.frames) {
      if (frame[0] === 'page') for (const row of frame[1].rows) shown.set(row[0], row)
      if (frame[0] !== 'rows') continue
      for (const [, puts, patches, leaves] of frame[3]) {
        for (const row of puts) shown.set(row[0], row)
        for (const [id] of patches) shown.set(id, 'patched')
        for (const id of leaves) shown.delete(id)
      }
    }
    expect([...shown.keys()].sort()).toEqual(before.map(({ id }) => id))
  })

  it('CMP-2 that came to nothing leaves no trace: only digests are asked for', async () => {
    const { tenant, ada } = await withAssignees('equal', 1_500)
    const odd = {
      op: 'insert',
      collection: 'assignees',
      id: 'n',
      values: { name: 'new\nline \u2028' },
    } as const
    await ada.push(ada.edit(assignee('å "quoted" \\ id'), odd))
    await ada.committed(1)
    const before = await metaOf(tenant, 'cursor')
    await compare(tenant)
    await compared(tenant)
    expect(await logOf(tenant)).toHaveLength(1)
    const asked = ranges(tenant).map(({ query }) => query.includes("'digest'"))
    // Each collection once, and the assignees twice, because they are many.
    expect(asked).toEqual(Array.from({ length: app.manifest.collections.length + 1 }, () => true))
    expect(await metaOf(tenant, 'cursor')).toBe(before)
  })

  it('CMP-3 is told from edits that are on their way, whatever comes in between', async () => {
    const { tenant, ada } = await withAssignees('busy', 1_200)
    await ada.push(ada.edit(assignee('a1'), card('c1')))
    await ada.committed(1)
    await untraced(
      tenant,
      "UPDATE assignees SET city = 'Lund' WHERE tenant_id = $1 AND id < 'a00900'",
      'UPDATE cards SET reactions = reactions + 5 WHERE tenant_id = $1',
    )
    await compare(tenant)
    let edits = 1
    while ((await metaOf(tenant, 'comparison')) !== '') {
      const id = `a${String(((edits - 1) % 1_200) + 1).padStart(5, '0')}`
      const [verdict] = await ada.push(
        ada.edit(
          { op: 'update', collection: 'assignees', id, fields: { email: { set: `${edits}@example.com` } } },
          change('c1', { reactions: { add: 1 } }),
        ),
      )
      expect(verdict).toMatchObject({ is: 'accepted' })
      edits += 1
      // Here client and object are one process, in which the answers of Postgres would get no turn.
      await scheduler.wait(1)
    }
    await compare(tenant)
    await compared(tenant)
    await expect.poll(async () => (await logOf(tenant)).length).toBe(await appliedOf(tenant))
    expect(await inObject(tenant)).toEqual(await inPostgres(tenant))
    expect(await inPostgres(tenant, 'cards')).toMatchObject([{ reactions: 4 + edits }])
    expect(await inObject(tenant, 'cards')).toMatchObject([{ reactions: 4 + edits }])
    expect(edits).toBeGreaterThan(2)
  })

  it('CMP-4 is looked for only while somebody is connected, and the search goes on where it was', async () => {
    const { tenant, ada } = await withAssignees('rest', 2_500)
    await untraced(tenant, "UPDATE assignees SET city = 'Lund' WHERE tenant_id = $1")
    ada.close()
    await expect
      .poll(() => runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm()))
      .toBeNull()
    await compare(tenant)
    expect(ranges(tenant)).toEqual([])
    expect(await metaOf(tenant, 'comparison')).toBe('{"collection":"assignees","after":""}')
    // As if the object had gone away after the second range.
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      const place = JSON.stringify({ collection: 'assignees', after: 'a02000' })
      storage.sql.exec("UPDATE meta SET value = ? WHERE key = 'comparison'", place)
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    await Peer.join({ sub: 'ben', tenant })
    await compared(tenant)
    expect(ranges(tenant)[0]?.params.slice(1, 2)).toEqual(['a02000'])
    expect(await logOf(tenant)).toHaveLength(500)
  })

  it('CMP-5 is found without being asked, when the first client comes and a day has passed', async () => {
    const { tenant, ada } = await withAssignees('daily', 3)
    const since = async () => Number(await metaOf(tenant, 'compared_at'))
    const comeAgain = async (age: number) => {
      await runInDurableObject(objectOf(tenant), (_, { storage }) => {
        storage.sql.exec(
          "INSERT OR REPLACE INTO meta (key, value) VALUES ('compared_at', ?)",
          String(Date.now() - age),
        )
      })
      await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
      return Peer.join({ sub: 'ben', tenant })
    }
    await untraced(tenant, "UPDATE assignees SET city = 'Lund' WHERE tenant_id = $1")
    ada.close()
    const early = await comeAgain(DAY_MS - 60_000)
    expect(await metaOf(tenant, 'comparison')).toBeUndefined()
    early.close()
    const begun = Date.now()
    const late = await comeAgain(DAY_MS)
    await late.until('the changes', () => JSON.stringify(late.frames).includes('Lund'))
    await compared(tenant)
    expect(await since()).toBeGreaterThanOrEqual(begun)
  })

  it('CMP-6 and cannot be a record here sets the record aside, and the comparison and edits go on', async () => {
    const { tenant, ada } = await withAssignees('inexact', 3)
    await ada.push(ada.edit(assignee('a1'), card('c1'), card('c2')))
    await ada.committed(1)
    await untraced(
      tenant,
      "UPDATE cards SET target_points = 9007199254740993 WHERE tenant_id = $1 AND id = 'c1'",
      "UPDATE cards SET notes = 'found' WHERE tenant_id = $1 AND id = 'c2'",
    )
    await compare(tenant)
    await compared(tenant)
    expect(await logOf(tenant)).toMatchObject([
      { actor: ada.client },
      { subject: 'comparison', external: [{ kind: 'aside', id: 'c1' }] },
      { subject: 'comparison', external: [{ kind: 'update', id: 'c2' }] },
    ])
    // What is known is not taken again.
    await compare(tenant)
    await compared(tenant)
    expect(await logOf(tenant)).toHaveLength(3)
    await ada.push(ada.edit(change('c2', { reactions: { add: 1 } })))
    await ada.committed(4)
  })
})
