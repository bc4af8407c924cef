import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { CONFLICTS } from '../../src/core/app/built-in.ts'
import type { Edit } from '../../src/protocol/edit.ts'
import { conflictsOf } from './support/conflicts.ts'
import { sql } from './support/database.ts'
import { Follower } from './support/inbox.ts'
import { newTenant, Peer } from './support/peer.ts'
import { assignee, card, change } from './support/samples.ts'
import { metaOf, nudge, signNudge } from './support/tenant-world.ts'

/** Ada, Ben, and a card that is in Postgres, of which Ben has written the notes. */
async function begun(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { status: 'open' })))
  await ada.committed(1)
  const ben = await Peer.join({ sub: 'ben', tenant })
  await ben.push(ben.edit(change('c1', { notes: { set: 'by ben' } })))
  await ben.committed(2)
  /** An edit of Ada's that has seen the card as it was made. */
  const unseen = (...ops: Parameters<Peer['edit']>): Edit => ({
    ...ada.edit(...ops),
    context: { epoch: ada.epoch, seq: 1 },
  })
  return { tenant, ada, ben, unseen }
}

const notes = change('c1', { notes: { set: 'by ada' } })

const inPostgres = (tenant: string) =>
  sql(
    'SELECT id, field, state, winner_by, loser_by, loser, base FROM tidemark.conflict WHERE tenant_id = $1',
    tenant,
  )

const LOST = {
  ...{ field: 'notes', state: 'open', winner_by: 'ada', loser_by: 'ben' },
  ...{ loser: { value: 'by ben', n: 1 }, base: { value: '' } },
}

async function operate(tenant: string, path: string): Promise<number> {
  const headers = { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` }
  const url = `https://tidemark.test/sync/tenant${path}`
  return (await exports.default.fetch(url, { method: 'POST', headers })).status
}

it('CNF-12 a conflict survives that the object is emptied: it comes back from Postgres as it was', async () => {
  const { tenant, ada, unseen } = await begun('forgotten')
  await ada.push(unseen(notes))
  await ada.committed(3)
  const before = (await Follower.open({ sub: 'ben', tenant }, CONFLICTS)).current()
  expect(before).toHaveLength(1)
  expect(await operate(tenant, '/forget')).toBe(200)
  expect((await Follower.open({ sub: 'ben', tenant }, CONFLICTS)).current()).toEqual(before)
  expect(await inPostgres(tenant)).toMatchObject([LOST])
})

it('CNF-12 an edit that is carried into a new log has its conflict there, and once', async () => {
  const { tenant, ada, unseen } = await begun('carried')
  const epoch = await metaOf(tenant, 'epoch')
  await sql("UPDATE cards SET due_on = '2026-01-01' WHERE tenant_id = $1", tenant)
  await sql("SELECT tidemark.prune_changes('0 s', 1000000)")
  await ada.push(unseen(notes))
  expect(await ada.untilClosed()).toMatchObject({ code: 4410 })
  const again = await Peer.join({ sub: 'ada', tenant }, ada.client)
  expect(again.epoch).not.toBe(epoch)
  await again.push(again.edit(change('c1', { reactions: { add: 1 } })))
  expect(await operate(tenant, '/drain')).toBe(200)
  const kept = await inPostgres(tenant)
  expect(kept).toMatchObject([LOST])
  expect((await conflictsOf(tenant)).map(({ id }) => id)).toEqual(kept.map(({ id }) => id))
})

it('CNF-13 an edit that is undone takes its conflicts along, in Postgres and on every screen', async () => {
  const { tenant, ada, unseen } = await begun('undone')
  const phone = await Follower.open({ sub: 'ben', tenant }, CONFLICTS)
  await ada.push(unseen(card('c2', { number: 'N-c1' }), notes))
  await phone.peer.until('it came, and went', () => phone.current().length === 0 && phone.arrivals.length > 0)
  expect(await operate(tenant, '/drain')).toBe(200)
  expect([await conflictsOf(tenant), await inPostgres(tenant)]).toEqual([[], []])
})

it('CNF-14 an edit that Postgres is to have first has its conflict once, on both sides', async () => {
  const { tenant, ada, unseen } = await begun('first')
  const edit: Edit = { ...unseen(notes), durability: 'committed' }
  ada.send(['push', 0, [edit]])
  expect((await ada.next('receipt'))[1]).toMatchObject([{ is: 'accepted' }])
  expect(await ada.push(edit)).toMatchObject([{ is: 'accepted' }])
  expect(await operate(tenant, '/drain')).toBe(200)
  const kept = await inPostgres(tenant)
  expect(kept).toMatchObject([LOST])
  expect((await conflictsOf(tenant)).map(({ id }) => id)).toEqual(kept.map(({ id }) => id))
  const phone = await Follower.open({ sub: 'ben', tenant }, CONFLICTS)
  expect(phone.current()).toHaveLength(1)
})

it('CNF-16 a closed one goes after its time, in a turn that writes a conflict; an open one stays however old', async () => {
  const { tenant, ada, unseen } = await begun('retention')
  await ada.push(unseen(notes, change('c1', { targetPoints: { set: 7 } })))
  const ben = await Peer.join({ sub: 'ben', tenant })
  await ben.push({
    ...ben.edit(change('c1', { targetPoints: { set: 8 }, dueOn: { set: '2026-01-01' } })),
    context: { epoch: ben.epoch, seq: 2 },
  })
  await ben.committed(4)
  const phone = await Follower.open({ sub: 'ben', tenant }, CONFLICTS)
  const fields = () =>
    phone
      .current()
      .map((row) => `${String(row['field'])} ${String(row['state'])}`)
      .sort()
  expect(fields()).toEqual(['notes open', 'targetPoints open'])
  await sql(
    `UPDATE tidemark.conflict SET at = now() - interval '92 days',
       state = CASE field WHEN 'notes' THEN 'resolved' ELSE state END WHERE tenant_id = $1`,
    tenant,
  )
  await nudge(tenant)
  await phone.peer.until('the notes are closed', () => !fields().includes('notes open'))
  await ada.push(unseen(change('c1', { dueOn: { set: '2026-02-02' } })))
  await phone.peer.until('a conflict more, and one less', () => fields().join().startsWith('dueOn'))
  await phone.peer.until('the closed one is gone', () => !fields().join().includes('notes'))
  expect(fields()).toEqual(['dueOn open', 'targetPoints open'])
  expect(await operate(tenant, '/drain')).toBe(200)
  expect((await inPostgres(tenant)).map(({ field }) => field).sort()).toEqual(['dueOn', 'targetPoints'])
})
