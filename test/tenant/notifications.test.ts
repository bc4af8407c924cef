import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { NOTIFICATION_PREFERENCES, NOTIFICATION_STATES, NOTIFICATIONS } from '../../src/core/app/built-in.ts'
import { preferenceId } from '../../src/core/app/notification-state.ts'
import { app } from '../fixtures/board/sync.ts'
import { sql } from './support/database.ts'
import { Follower, state } from './support/inbox.ts'
import { inPostgres, operate, withCard } from './support/notified.ts'
import { Peer } from './support/peer.ts'
import { card, change, prize } from './support/samples.ts'
import { logOf, nudge, objectOf } from './support/tenant-world.ts'

describe('a notification', () => {
  it('NTF-1 comes with the rows of its edit, to those it is for, and not to its author', async () => {
    const { ada, owner, editor, viewer } = await withCard('live')
    const [ben, vic] = [await Follower.open(editor), await Follower.open(viewer)]
    const own = await Follower.on(ada)
    await ada.push(ada.edit(prize('p1', 'c1', 40)))
    const [told] = await ben.until('prize')
    expect(told).toMatchObject({
      ...{ by: 'ada', collection: 'prizes', record: 'p1', groupKey: 'c1' },
      data: { number: 'N-c1', points: 40 },
    })
    expect(Object.keys(told ?? {})).toEqual([
      'id',
      'kind',
      'event',
      'by',
      'at',
      'data',
      'groupKey',
      'collection',
      'record',
    ])
    const olga = await Follower.open(owner)
    expect(olga.kinds).toEqual(['prize'])
    await ada.committed(2)
    expect([own.kinds, vic.kinds]).toEqual([[], []])
    expect(JSON.stringify(vic.peer.texts)).not.toContain('N-c1')
  })

  it('NTF-22 is there once after an absence, and for an object that slept', async () => {
    const { tenant, ada, editor } = await withCard('absent')
    const away = await Follower.open(editor)
    const there = await Follower.open({ ...editor, sub: 'cleo' })
    away.peer.close()
    await ada.push(ada.edit(prize('p1', 'c1', 10)))
    await there.until('prize')
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await ada.push(ada.edit(prize('p2', 'c1', 10)))
    await there.until('prize', 'prize')
    expect(new Set(there.arrivals).size).toBe(there.arrivals.length)
    const back = await Follower.open(editor, NOTIFICATIONS, away.peer.client)
    expect(back.kinds).toEqual(['prize', 'prize'])
    expect(back.arrivals.toSorted()).toEqual(there.arrivals.toSorted())
  })

  it('NTF-2 tells of what is changed in Postgres, by its named writer, and is a row there once', async () => {
    const { tenant, ada, owner } = await withCard('external')
    const olga = await Follower.open(owner)
    await sql(
      `INSERT INTO prizes (tenant_id, id, card_id, awarded_points, kind, won_on)
       SELECT $1, 'p1', 'c1', 5, 'medal', '2026-01-31' WHERE set_config('tidemark.by', 'the importer', true) <> ''`,
      tenant,
    )
    await nudge(tenant)
    await olga.until('prize')
    await ada.push(ada.edit(change('c1', { notes: { set: 'x' } })))
    await ada.committed(3)
    const told = { kind: 'prize', by: 'the importer', data: { number: 'N-c1', points: 5 } }
    // One for owners, and one for editors.
    expect(await inPostgres(tenant)).toMatchObject([told, told])
    await nudge(tenant)
    expect(await logOf(tenant)).toHaveLength(3)
  })

  it('NTF-15 is a row of Postgres with its states, from which an empty object has it, and in the export', async () => {
    const { tenant, ada, editor } = await withCard('kept')
    const ben = await Follower.open(editor)
    await ada.push(ada.edit(prize('p1', 'c1', 10)))
    const [told] = await ben.until('prize')
    const id = String(told?.['id'])
    const muted = {
      id: preferenceId(JSON.stringify([tenant, 'ben']), 'settings'),
      kind: 'settings',
      muted: true,
    }
    await ben.peer.push(
      ben.peer.edit(state(editor, id, 2), {
        ...{ op: 'insert', upsert: true, collection: NOTIFICATION_PREFERENCES, id: muted.id },
        values: { kind: muted.kind, muted: true },
      }),
    )
    await ben.peer.committed(3)
    expect(await inPostgres(tenant)).toContainEqual(expect.objectContaining({ id, kind: 'prize', by: 'ada' }))
    expect(
      await sql(
        'SELECT subject, notification, rank, alone FROM tidemark.notification_state WHERE tenant_id = $1',
        tenant,
      ),
    ).toEqual([{ subject: 'ben', notification: id, rank: 2, alone: false }])
    expect(
      await sql(
        'SELECT subject, kind, muted FROM tidemark.notification_preference WHERE tenant_id = $1',
        tenant,
      ),
    ).toEqual([{ subject: 'ben', kind: 'settings', muted: true }])
    const exported = await (await operate(tenant, 'GET', '/export')).text()
    for (const name of [NOTIFICATIONS, NOTIFICATION_STATES, NOTIFICATION_PREFERENCES])
      expect(exported).toContain(`{"collection":"${name}","row":`)
    expect((await operate(tenant, 'POST', '/forget')).status).toBe(200)
    const again = await Follower.open(editor)
    expect(again.rows.get(id)).toEqual(told)
    const states = await Follower.on(again.peer, NOTIFICATION_STATES, 8)
    expect([...states.rows.values()]).toMatchObject([{ notification: id, rank: 2, subject: 'ben' }])
  })
})

describe('what the engine tells by itself', () => {
  it('NTF-14 is that Postgres refused an edit, also to somebody who comes back as another client', async () => {
    const { tenant, ada, editor } = await withCard('refused')
    const ben = await Peer.join(editor)
    await ben.push(ben.edit(card('c2', { number: 'N-c1' })))
    const phone = await Follower.open(editor)
    const [told] = await phone.until('refused')
    expect(told).toMatchObject({
      ...{ collection: 'cards', record: 'c2', by: 'ben' },
      data: { client: ben.client, n: 1, code: 'refused-unique', message: expect.any(String) },
    })
    ben.close()
    await ada.push(ada.edit(change('c1', { notes: { set: 'x' } })))
    await ada.committed(5)
    expect(await inPostgres(tenant)).toMatchObject([{ kind: 'refused', by: 'ben', record: 'c2' }])
    expect((await operate(tenant, 'POST', '/forget')).status).toBe(200)
    const later = await Follower.open(editor)
    expect([...later.rows.values()]).toEqual([told])
    const other = await Follower.open({ ...editor, sub: 'cleo' })
    expect(other.kinds).toEqual([])
  })

  it('NTF-14 is that Postgres refused an edit that it was to have first', async () => {
    const { editor } = await withCard('first')
    const ben = await Peer.join(editor)
    ben.send(['push', 0, [{ ...ben.edit(card('c2', { number: 'N-c1' })), durability: 'committed' }]])
    const phone = await Follower.open(editor)
    const [told] = await phone.until('refused')
    expect(told).toMatchObject({ record: 'c2', data: { n: 1, code: 'refused-unique' } })
  })

  it('NTF-13 is that a conflict waits for whoever lost', async () => {
    const { ada, editor } = await withCard('conflict')
    const phone = await Follower.open(editor)
    const ben = await Peer.join(editor)
    await ben.push(ben.edit(change('c1', { notes: { set: 'one' } })))
    await ada.push({
      ...ada.edit(change('c1', { notes: { set: 'other' } })),
      context: { epoch: ada.epoch, seq: 1 },
    })
    const [told] = await phone.until('conflict')
    expect(told).toMatchObject({ collection: 'cards', record: 'c1', groupKey: 'c1' })
  })

  it('NTF-7 of an edit that is undone nothing is left, on any screen', async () => {
    const { tenant, ada, owner } = await withCard('undone')
    const olga = await Follower.open(owner)
    const ben = await Peer.join({ sub: 'ben', tenant, role: 'editor' })
    await ben.push(ben.edit(card('c2', { number: 'N-c1', status: 'open' }), prize('p1', 'c2', 5)))
    await ada.find(
      'the revert',
      (frame): frame is Extract<typeof frame, readonly ['rows', ...unknown[]]> =>
        frame[0] === 'rows' && frame[3].some(([, , , leaves]) => leaves.includes('c2')),
    )
    await olga.until()
    expect(await inPostgres(tenant)).not.toMatchObject([{ kind: 'prize' }])
  })
})

it('NTF-8 a rule that throws costs nobody an edit, and is one line of the log', async () => {
  const { tenant, ada, editor } = await withCard('thrown')
  const rules = app.rules.get('prizes')
  const usual = rules?.notify
  if (!rules || !usual) throw new Error('prizes have a rule')
  const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  rules.notify = {
    insert({ id }) {
      if (id !== 'p3') throw new Error('no luck')
      return { to: 'ben', kind: 'prize' }
    },
  }
  const ben = await Follower.open(editor)
  const verdicts = await ada.push(ada.edit(prize('p1', 'c1', 5), prize('p2', 'c1', 5), prize('p3', 'c1', 5)))
  expect(verdicts).toMatchObject([{ is: 'accepted' }])
  await ben.until('prize')
  const faults = lines.mock.calls
    .map(([line]) => JSON.parse(String(line)))
    .filter(({ event, tenant: of }) => event === 'notification-failed' && (of === undefined || of === tenant))
  expect(faults).toMatchObject([{ collection: 'prizes', rule: 'notify.insert', error: 'Error: no luck' }])
  rules.notify = usual
  lines.mockRestore()
})

it('NTF-19 what is over goes with its states, in a turn that tells something', async () => {
  const { tenant, ada, editor } = await withCard('retention')
  const ben = await Follower.open(editor)
  await ada.push(ada.edit(prize('p1', 'c1', 1), prize('p2', 'c1', 1)))
  const [first] = await ben.until('prize', 'prize')
  const id = String(first?.['id'])
  await ben.peer.push(ben.peer.edit(state(editor, id, 1)))
  await ben.peer.committed(3)
  const daysAgo = (days: number, of: string) =>
    sql(
      `UPDATE tidemark.notification SET at = now() - make_interval(days => ${days}) WHERE tenant_id = $1 AND id = $2`,
      tenant,
      of,
    )
  await daysAgo(92, id)
  await nudge(tenant)
  await ben.peer.until(
    'the older time',
    () => ben.kinds.length > 0 && ben.rows.get(id)?.['at'] !== first?.['at'],
  )
  await ada.push(ada.edit(change('c1', { notes: { set: 'x' } })))
  expect(ben.kinds).toEqual(['prize', 'prize'])
  await ada.push(ada.edit(prize('p3', 'c1', 1)))
  await ben.peer.until('it is gone', () => ben.kinds.length === 2 && !ben.rows.has(id))
  expect((await operate(tenant, 'POST', '/drain')).status).toBe(200)
  expect((await inPostgres(tenant)).map((row) => row['id'])).not.toContain(id)
  expect(await sql('SELECT 1 FROM tidemark.notification_state WHERE tenant_id = $1', tenant)).toEqual([])
})

it('NTF-19 one for a single person that has been read goes earlier', async () => {
  const { tenant, ada, editor } = await withCard('read-long-ago')
  const ben = await Peer.join(editor)
  await ben.push(ben.edit(card('c2', { number: 'N-c1' })))
  const phone = await Follower.open(editor)
  const [told] = await phone.until('refused')
  const id = String(told?.['id'])
  await phone.peer.push(phone.peer.edit(state(editor, id, 2)))
  await phone.peer.find(
    'committed',
    (frame): frame is Extract<typeof frame, readonly ['committed', number]> => frame[0] === 'committed',
  )
  expect((await operate(tenant, 'POST', '/drain')).status).toBe(200)
  const states = await Follower.on(phone.peer, NOTIFICATION_STATES, 8)
  const [then] = states.rows.values()
  await sql(
    "UPDATE tidemark.notification_state SET at = now() - interval '32 days' WHERE tenant_id = $1",
    tenant,
  )
  await nudge(tenant)
  await phone.peer.until('the older time', () => states.current()[0]?.['at'] !== then?.['at'])
  await ada.push(ada.edit(prize('p1', 'c1', 1)))
  await phone.until('prize')
  const left = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql
      .exec('SELECT id FROM record WHERE collection = ? AND deleted_seq IS NULL', NOTIFICATION_STATES)
      .toArray(),
  )
  expect(left).toEqual([])
})
