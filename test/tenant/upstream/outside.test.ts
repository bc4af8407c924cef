import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { invoicesOf, sql } from '../support/database.ts'
import { appliedOf, logOf, metaOf, nudge, objectOf, signNudge } from '../support/outside-world.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { change, contact, invoice } from '../support/samples.ts'

type Rows = Extract<Down, readonly ['rows', ...unknown[]]>

/** Waits until a peer is sent a text, wherever it is in the rows. */
const sees = (peer: Peer, text: string) =>
  peer.find(
    `rows with ${text}`,
    (frame): frame is Rows => frame[0] === 'rows' && JSON.stringify(frame).includes(text),
  )

/** Ada, connected, and an invoice of hers that is in Postgres. */
async function withInvoice(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(contact(), invoice('i1', { reminders: 1 })))
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
    const { tenant, ada } = await withInvoice('nudged')
    await sql("INSERT INTO contacts (tenant_id, id, name) VALUES ($1, 'c2', 'Carl')", tenant)
    await sql("UPDATE contacts SET city = 'Malmö' WHERE tenant_id = $1 AND id = 'c1'", tenant)
    await nudge(tenant)
    await sees(ada, 'Carl')
    await sql("DELETE FROM contacts WHERE tenant_id = $1 AND id = 'c2'", tenant)
    await nudge(tenant)
    const [, , , parts] = await ada.find(
      'a leave',
      (frame): frame is Rows =>
        frame[0] === 'rows' && frame[3].some(([, , , leaves]) => leaves.includes('c2')),
    )
    expect(parts).toHaveLength(1)
    expect(JSON.stringify(ada.frames)).toContain('Malmö')
  })

  it('TEN-42 is one entry of the log, by whoever made it, and in the audit history', async () => {
    const { tenant, ada } = await withInvoice('whose')
    await sql(
      `UPDATE invoices SET notes = 'imported'
       WHERE tenant_id = $1 AND set_config('tidemark.by', 'the importer', true) <> ''`,
      tenant,
    )
    await nudge(tenant)
    await sees(ada, 'imported')
    expect(await logOf(tenant)).toMatchObject([
      { seq: 1, actor: ada.client },
      { seq: 2, actor: 'sql', n: 2, subject: 'the importer', outside: [{ kind: 'update', id: 'i1' }] },
    ])
    await expect
      .poll(() =>
        sql('SELECT actor, subject FROM tidemark.history WHERE tenant_id = $1 ORDER BY seq', tenant),
      )
      .toMatchObject([{ actor: ada.client }, { actor: 'sql', subject: 'the importer' }])
  })

  it('TEN-43 meets an unseen edit of the same fields: the later value stays, deltas add up, nothing is lost', async () => {
    const { tenant, ada } = await withInvoice('meet')
    await sql(
      "UPDATE invoices SET notes = 'theirs', reminders = reminders + 5 WHERE tenant_id = $1 AND id = 'i1'",
      tenant,
    )
    await ada.push(
      ada.edit(change('i1', { notes: { set: 'mine' }, reminders: { add: 2 }, dueOn: { set: '2026-03-01' } })),
    )
    await sees(ada, 'theirs')
    await ada.committed(2)
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await invoicesOf(tenant)).toMatchObject([{ notes: 'theirs', reminders: 8 }])
    const [record, conflicts] = await runInDurableObject(objectOf(tenant), (_, { storage }) => [
      storage.sql.exec<{ row: string }>("SELECT row FROM record WHERE id = 'i1'").one().row,
      storage.sql.exec<{ conflict: string }>('SELECT conflict FROM conflict').toArray(),
    ])
    expect(JSON.parse(String(record))).toMatchObject({ notes: 'theirs', reminders: 8, dueOn: '2026-03-01' })
    expect(conflicts).toHaveLength(1)
    expect(JSON.stringify(conflicts)).toContain('mine')
  })

  it('TEN-43 and an unseen move that is no longer legal leaves the state, in Postgres as well', async () => {
    const { tenant, ada } = await withInvoice('states')
    await sql("UPDATE invoices SET status = 'sent' WHERE tenant_id = $1 AND id = 'i1'", tenant)
    await ada.push(ada.edit(change('i1', { status: { set: 'void' } })))
    await ada.committed(2)
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await invoicesOf(tenant)).toMatchObject([{ status: 'void' }])
  })

  it('TEN-43 and a record that both made is one record', async () => {
    const { tenant, ada } = await withInvoice('both')
    await sql("INSERT INTO contacts (tenant_id, id, name, city) VALUES ($1, 'c9', 'Theirs', 'Lund')", tenant)
    await ada.push(ada.edit(contact('c9')))
    await sees(ada, 'Theirs')
    await expect.poll(() => appliedOf(tenant)).toBe(3)
    expect(await sql("SELECT name, city FROM contacts WHERE tenant_id = $1 AND id = 'c9'", tenant)).toEqual([
      { name: 'Theirs', city: 'Lund' },
    ])
  })

  it('TEN-44 never includes our own writes', async () => {
    const { tenant, ada } = await withInvoice('echo')
    await ada.push(ada.edit(change('i1', { notes: { set: 'ours' } })))
    await ada.committed(2)
    await sql("UPDATE invoices SET notes = 'theirs' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await sees(ada, 'theirs')
    expect((await logOf(tenant)).map(({ actor }) => actor)).toEqual([ada.client, ada.client, 'sql'])
  })

  it('TEN-45 while the tenant is being loaded is in what the clients get first', async () => {
    const { tenant, ada } = await withInvoice('meanwhile')
    // With nobody connected nothing looks, so the changes wait for the loading.
    ada.close()
    await expect.poll(() => armedAt(tenant)).toBeNull()
    await sql(
      "INSERT INTO contacts (tenant_id, id, name) VALUES ($1, 'c2', 'Carl'), ($1, 'c3', 'Cleo')",
      tenant,
    )
    await sql("UPDATE contacts SET name = 'Caesar' WHERE tenant_id = $1 AND id = 'c2'", tenant)
    await sql("DELETE FROM contacts WHERE tenant_id = $1 AND id = 'c3'", tenant)
    // As if the last page had just been read when the object went away.
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      storage.sql.exec('UPDATE hydration SET settled = 0')
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })

    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    ben.send(['subscribe', { id: 0, query: { collection: 'contacts' } }])
    const [, { rows }] = await ben.next('page')
    expect(rows.map(([id, name]) => [id, name])).toEqual([
      ['c1', 'Anna Berg'],
      ['c2', 'Caesar'],
    ])
    expect(await logOf(tenant)).toHaveLength(1)
  })

  it('TEN-46 is not asked for while nobody is connected and nothing waits; the first to come makes it look', async () => {
    const { tenant, ada } = await withInvoice('asleep')
    ada.close()
    await expect.poll(() => armedAt(tenant)).toBeNull()
    const cursor = await metaOf(tenant, 'cursor')
    await sql("UPDATE invoices SET notes = 'overnight' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    expect(await runDurableObjectAlarm(objectOf(tenant))).toBe(false)
    expect([await armedAt(tenant), await metaOf(tenant, 'cursor')]).toEqual([null, cursor])

    const ben = await Peer.join({ sub: 'ben', tenant })
    await ben.until('the change', () => JSON.stringify(ben.frames).includes('overnight'))
  })

  it('TEN-47 survives the object: a change that was taken is taken once', async () => {
    const { tenant, ada } = await withInvoice('once')
    await sql('UPDATE invoices SET reminders = reminders + 1 WHERE tenant_id = $1', tenant)
    await nudge(tenant)
    await sees(ada, '2]')
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    await ada.untilClosed()
    const ben = await Peer.join({ sub: 'ben', tenant })
    await nudge(tenant)
    await sql("UPDATE invoices SET notes = 'marker' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await ben.until('the marker', () => JSON.stringify(ben.frames).includes('marker'))
    const entries = await logOf(tenant)
    expect(entries.map(({ outside }) => outside?.[0]?.after)).toEqual([
      undefined,
      { reminders: 2 },
      { notes: 'marker' },
    ])
  })

  it('TEN-48 or how the tables look can park the drain with one alert; edits are taken, and nothing is lost', async () => {
    const { tenant, ada } = await withInvoice('parked')
    const lines = vi.spyOn(console, 'log')
    const alerts = () => lines.mock.calls.filter(([line]) => String(line).includes('"drain-parked"'))
    await sql('ALTER TABLE invoices RENAME COLUMN notes TO notes_elsewhere')
    try {
      expect(await ada.push(ada.edit(change('i1', { notes: { set: 'one' } })))).toMatchObject([
        { is: 'accepted' },
      ])
      await expect.poll(() => alerts().length).toBe(1)
      expect(await ada.push(ada.edit(change('i1', { notes: { set: 'two' } })))).toMatchObject([
        { is: 'accepted' },
      ])
      await nudge(tenant)
      expect(alerts()).toHaveLength(1)
      expect(await appliedOf(tenant)).toBe(1)
    } finally {
      await sql('ALTER TABLE invoices RENAME COLUMN notes_elsewhere TO notes')
    }
    // Woken anew, the object does not wait out its pause.
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await ada.push(ada.edit(change('i1', { reminders: { add: 1 } })))
    await ada.committed(4)
    expect(await invoicesOf(tenant)).toMatchObject([{ notes: 'two', reminders: 2 }])
  })

  it('ASD-9 a nudge ends the wait for what was mended, also with nobody there', async () => {
    const { tenant, ada } = await withInvoice('mended')
    await sql('ALTER TABLE invoices RENAME COLUMN notes TO notes_elsewhere')
    const lines = vi.spyOn(console, 'log')
    const alerts = () => lines.mock.calls.filter(([line]) => String(line).includes('"drain-parked"'))
    try {
      await ada.push(ada.edit(change('i1', { notes: { set: 'one' } })))
      await expect.poll(() => alerts().length).toBe(1)
      ada.close()
    } finally {
      await sql('ALTER TABLE invoices RENAME COLUMN notes_elsewhere TO notes')
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
    const { tenant, ada } = await withInvoice('load')
    ada.close()
    await sql('ALTER TABLE payments RENAME TO payments_elsewhere')
    try {
      await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.deleteAll())
      await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
      const ben = await Peer.open({ sub: 'ben', tenant })
      await ben.hello()
      ben.send(['subscribe', { id: 0, query: { collection: 'invoices' } }])
      await expect
        .poll(() =>
          runInDurableObject(
            objectOf(tenant),
            (_, { storage }) =>
              storage.sql.exec('SELECT collection FROM hydration WHERE done = 1').toArray().length,
          ),
        )
        .toBe(2)
      await sql('ALTER TABLE payments_elsewhere RENAME TO payments')
      await nudge(tenant)
      await ben.snapshot()
    } finally {
      await sql('ALTER TABLE IF EXISTS payments_elsewhere RENAME TO payments')
    }
  })
})
