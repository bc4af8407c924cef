import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { conflictsOf } from '../support/conflicts.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { appliedOf, logOf, loseStorage, metaOf, nudge, objectOf, signNudge } from '../support/tenant-world.ts'

type Rows = Extract<Down, readonly ['rows', ...unknown[]]>

/** Waits until a peer is sent a text, wherever it is in the rows. */
const sees = (peer: Peer, text: string) =>
  peer.find(
    `rows with ${text}`,
    (frame): frame is Rows => frame[0] === 'rows' && JSON.stringify(frame).includes(text),
  )

/** Ada, connected, and a card of hers that is in Postgres. */
async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { reactions: 1 })))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

/** When the object is woken next; null when it may sleep. */
function armedAt(tenant: string): Promise<number | null> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm())
}

describe('what somebody else changes in Postgres', () => {
  it('TEN-40 is on every screen after a nudge: inserts, updates and deletes', async () => {
    const { tenant, ada } = await withCard('nudged')
    await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a2', 'Carl')", tenant)
    await sql("UPDATE assignees SET city = 'Malmö' WHERE tenant_id = $1 AND id = 'a1'", tenant)
    await nudge(tenant)
    await sees(ada, 'Carl')
    await sql("DELETE FROM assignees WHERE tenant_id = $1 AND id = 'a2'", tenant)
    await nudge(tenant)
    const [, , , parts] = await ada.find(
      'a leave',
      (frame): frame is Rows =>
        frame[0] === 'rows' && frame[3].some(([, , , leaves]) => leaves.includes('a2')),
    )
    expect(parts).toHaveLength(1)
    expect(JSON.stringify(ada.frames)).toContain('Malmö')
  })

  it('TEN-42 is one entry of the log, by whoever made it, and in the audit history', async () => {
    const { tenant, ada } = await withCard('whose')
    await sql(
      `UPDATE cards SET notes = 'imported'
       WHERE tenant_id = $1 AND set_config('tidemark.by', 'the importer', true) <> ''`,
      tenant,
    )
    await nudge(tenant)
    await sees(ada, 'imported')
    expect(await logOf(tenant)).toMatchObject([
      { seq: 1, actor: ada.client },
      { seq: 2, actor: 'sql', n: 2, subject: 'the importer', external: [{ kind: 'update', id: 'c1' }] },
    ])
    await expect
      .poll(() =>
        sql('SELECT actor, subject FROM tidemark.history WHERE tenant_id = $1 ORDER BY seq', tenant),
      )
      .toMatchObject([{ actor: ada.client }, { actor: 'sql', subject: 'the importer' }])
  })

  it('TEN-43 meets an unseen edit of the same fields: the later value stays, deltas add up, nothing is lost', async () => {
    const { tenant, ada } = await withCard('meet')
    await sql(
      "UPDATE cards SET notes = 'theirs', reactions = reactions + 5 WHERE tenant_id = $1 AND id = 'c1'",
      tenant,
    )
    await ada.push(
      ada.edit(change('c1', { notes: { set: 'mine' }, reactions: { add: 2 }, dueOn: { set: '2026-03-01' } })),
    )
    await sees(ada, 'theirs')
    await ada.committed(2)
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await cardsOf(tenant)).toMatchObject([{ notes: 'theirs', reactions: 8 }])
    const record = await runInDurableObject(
      objectOf(tenant),
      (_, { storage }) =>
        storage.sql.exec<{ row: string }>("SELECT row FROM record WHERE id = 'c1'").one().row,
    )
    const conflicts = await conflictsOf(tenant)
    expect(JSON.parse(record)).toMatchObject({ notes: 'theirs', reactions: 8, dueOn: '2026-03-01' })
    expect(conflicts).toHaveLength(1)
    expect(JSON.stringify(conflicts)).toContain('mine')
  })

  it('TEN-43 and an unseen move that is no longer legal leaves the state, in Postgres as well', async () => {
    const { tenant, ada } = await withCard('states')
    await sql("UPDATE cards SET status = 'open' WHERE tenant_id = $1 AND id = 'c1'", tenant)
    await ada.push(ada.edit(change('c1', { status: { set: 'withdrawn' } })))
    await ada.committed(2)
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await cardsOf(tenant)).toMatchObject([{ status: 'withdrawn' }])
  })

  it('MRG-6 and of a field that keeps the greatest or least both sides hold that, whoever wrote it unseen', async () => {
    const { tenant, ada } = await withCard('extremes')
    const extremes = () =>
      sql('SELECT best_score AS best, started_on::text AS started FROM cards WHERE tenant_id = $1', tenant)
    await sql("UPDATE cards SET best_score = 5, started_on = '2026-01-31' WHERE tenant_id = $1", tenant)
    await ada.push(ada.edit(change('c1', { bestScore: { set: 7 }, startedOn: { set: '2026-02-28' } })))
    await ada.committed(2)
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await extremes()).toEqual([{ best: 7, started: '2026-01-31' }])
    await sql("UPDATE cards SET best_score = 9, started_on = '2026-01-01' WHERE tenant_id = $1", tenant)
    await ada.push(ada.edit(change('c1', { bestScore: { set: 8 }, startedOn: { set: '2026-01-02' } })))
    await ada.committed(4)
    await expect.poll(() => appliedOf(tenant)).toBe(5)
    expect(await extremes()).toEqual([{ best: 9, started: '2026-01-01' }])
    const record = await runInDurableObject(
      objectOf(tenant),
      (_, { storage }) =>
        storage.sql.exec<{ row: string }>("SELECT row FROM record WHERE id = 'c1'").one().row,
    )
    const conflicts = await conflictsOf(tenant)
    expect(JSON.parse(record)).toMatchObject({ bestScore: 9, startedOn: '2026-01-01' })
    expect(conflicts).toEqual([])
  })

  it('TEN-43 and a record that both made is one record', async () => {
    const { tenant, ada } = await withCard('both')
    await sql("INSERT INTO assignees (tenant_id, id, name, city) VALUES ($1, 'a9', 'Theirs', 'Lund')", tenant)
    await ada.push(ada.edit(assignee('a9')))
    await sees(ada, 'Theirs')
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await sql("SELECT name, city FROM assignees WHERE tenant_id = $1 AND id = 'a9'", tenant)).toEqual([
      { name: 'Theirs', city: 'Lund' },
    ])
  })

  it('TEN-44 never includes our own writes', async () => {
    const { tenant, ada } = await withCard('echo')
    await ada.push(ada.edit(change('c1', { notes: { set: 'ours' } })))
    await ada.committed(2)
    await sql("UPDATE cards SET notes = 'theirs' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await sees(ada, 'theirs')
    expect((await logOf(tenant)).map(({ actor }) => actor)).toEqual([ada.client, ada.client, 'sql'])
  })

  it('TEN-45 while the tenant is being loaded is in what the clients get first', async () => {
    const { tenant, ada } = await withCard('meanwhile')
    // With nobody connected nothing looks, so the changes wait for the loading.
    ada.close()
    await expect.poll(() => armedAt(tenant)).toBeNull()
    await sql(
      "INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a2', 'Carl'), ($1, 'a3', 'Cleo')",
      tenant,
    )
    await sql("UPDATE assignees SET name = 'Caesar' WHERE tenant_id = $1 AND id = 'a2'", tenant)
    await sql("DELETE FROM assignees WHERE tenant_id = $1 AND id = 'a3'", tenant)
    // As if the last page had just been read when the object went away.
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      storage.sql.exec('UPDATE hydration SET settled = 0')
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })

    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    ben.send(['subscribe', { id: 0, query: { collection: 'assignees' } }])
    const [, { rows }] = await ben.next('page')
    expect(rows.map(([id, name]) => [id, name])).toEqual([
      ['a1', 'Anna Berg'],
      ['a2', 'Caesar'],
    ])
    expect(await logOf(tenant)).toHaveLength(1)
  })

  it('TEN-46 is not asked for while nobody is connected and nothing waits; the first to come makes it look', async () => {
    const { tenant, ada } = await withCard('asleep')
    ada.close()
    await expect.poll(() => armedAt(tenant)).toBeNull()
    const cursor = await metaOf(tenant, 'cursor')
    await sql("UPDATE cards SET notes = 'overnight' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    expect(await runDurableObjectAlarm(objectOf(tenant))).toBe(false)
    expect([await armedAt(tenant), await metaOf(tenant, 'cursor')]).toEqual([null, cursor])

    const ben = await Peer.join({ sub: 'ben', tenant })
    await ben.until('the change', () => JSON.stringify(ben.frames).includes('overnight'))
  })

  it('TEN-47 survives the object: a change that was taken is taken once', async () => {
    const { tenant, ada } = await withCard('once')
    await sql('UPDATE cards SET reactions = reactions + 1 WHERE tenant_id = $1', tenant)
    await nudge(tenant)
    await sees(ada, '2]')
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    await ada.untilClosed()
    const ben = await Peer.join({ sub: 'ben', tenant })
    await nudge(tenant)
    await sql("UPDATE cards SET notes = 'marker' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await ben.until('the marker', () => JSON.stringify(ben.frames).includes('marker'))
    const entries = await logOf(tenant)
    expect(entries.map(({ external }) => external?.[0]?.after)).toEqual([
      undefined,
      { reactions: 2 },
      { notes: 'marker' },
    ])
  })

  it('TEN-48 or how the tables look can park the drain with one alert; edits are taken, and nothing is lost', async () => {
    const { tenant, ada } = await withCard('parked')
    const lines = vi.spyOn(console, 'log')
    const alerts = () => lines.mock.calls.filter(([line]) => String(line).includes('"drain-parked"'))
    await sql('ALTER TABLE cards RENAME COLUMN notes TO notes_elsewhere')
    try {
      expect(await ada.push(ada.edit(change('c1', { notes: { set: 'one' } })))).toMatchObject([
        { is: 'accepted' },
      ])
      await expect.poll(() => alerts().length).toBe(1)
      expect(await ada.push(ada.edit(change('c1', { notes: { set: 'two' } })))).toMatchObject([
        { is: 'accepted' },
      ])
      await nudge(tenant)
      expect(alerts()).toHaveLength(1)
      expect(await appliedOf(tenant)).toBe(1)
    } finally {
      await sql('ALTER TABLE cards RENAME COLUMN notes_elsewhere TO notes')
    }
    // Woken anew, the object does not wait out its pause.
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    await ada.committed(4)
    expect(await cardsOf(tenant)).toMatchObject([{ notes: 'two', reactions: 2 }])
  })

  it('ASD-9 a nudge ends the wait for what was mended, also with nobody there', async () => {
    const { tenant, ada } = await withCard('mended')
    await sql('ALTER TABLE cards RENAME COLUMN notes TO notes_elsewhere')
    const lines = vi.spyOn(console, 'log')
    const alerts = () => lines.mock.calls.filter(([line]) => String(line).includes('"drain-parked"'))
    try {
      await ada.push(ada.edit(change('c1', { notes: { set: 'one' } })))
      await expect.poll(() => alerts().length).toBe(1)
      ada.close()
    } finally {
      await sql('ALTER TABLE cards RENAME COLUMN notes_elsewhere TO notes')
    }
    const health = async () =>
      (
        await exports.default.fetch('https://tidemark.test/sync/tenant/health', {
          headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
        })
      ).json()
    expect(await health()).toMatchObject({ parked: expect.stringContaining('notes'), seq: 2, committed: 1 })
    await nudge(tenant)
    await expect.poll(() => appliedOf(tenant)).toBe(2)
    await expect.poll(health).toMatchObject({ parked: null, committed: 2, aside: 0, loading: false })
    lines.mockRestore()
  })

  it('ASD-9 and for what the loading has met', async () => {
    const { tenant, ada } = await withCard('load')
    ada.close()
    await sql('ALTER TABLE prizes RENAME TO prizes_elsewhere')
    try {
      await loseStorage(tenant)
      const ben = await Peer.open({ sub: 'ben', tenant })
      await ben.hello()
      ben.send(['subscribe', { id: 0, query: { collection: 'cards' } }])
      await expect
        .poll(() =>
          runInDurableObject(
            objectOf(tenant),
            (_, { storage }) =>
              storage.sql.exec('SELECT collection FROM hydration WHERE done = 1').toArray().length,
          ),
        )
        .toBe(2)
      await sql('ALTER TABLE prizes_elsewhere RENAME TO prizes')
      await nudge(tenant)
      await ben.snapshot()
    } finally {
      await sql('ALTER TABLE IF EXISTS prizes_elsewhere RENAME TO prizes')
    }
  })
})
