import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { migrateStorage } from '../../../src/tenant/storage/schema-steps.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { ChangedAt } from '../../../src/tenant/views/changed-at.ts'
import { ChangesSince } from '../../../src/tenant/views/changes-since.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { metaOf, objectOf } from '../support/tenant-world.ts'

/** Ada, connected, and a card of hers that is in Postgres. */
async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { reactions: 1 })))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

const effectsOf = (tenant: string) =>
  sql(
    'SELECT actor, n::int FROM tidemark.history WHERE tenant_id = $1 AND actor <> $2 ORDER BY n',
    tenant,
    'sql',
  )

it('EPO-7 when the cursor has expired, everything is loaded anew and an accepted edit is kept', async () => {
  const { tenant, ada } = await withCard('expired')
  const epoch = await metaOf(tenant, 'epoch')
  await sql("UPDATE cards SET notes = 'by hand' WHERE tenant_id = $1", tenant)
  await sql("SELECT tidemark.prune_changes('0 s', 1000000)")
  const edit = ada.edit(change('c1', { reactions: { add: 4 } }))
  expect(await ada.push(edit)).toMatchObject([{ is: 'accepted', seq: 2 }])
  expect(await ada.untilClosed()).toMatchObject({ code: 4410 })

  const again = await Peer.join({ sub: 'ada', tenant }, ada.client)
  expect(again.epoch).not.toBe(epoch)
  const pages = again.frames.filter((frame) => frame[0] === 'page')
  expect(JSON.stringify(pages)).toContain('by hand')
  // The edit was carried into the new log: it is told where, or, once Postgres has it, that it is settled.
  const [verdict] = await again.push(edit)
  if (verdict?.is === 'accepted') expect(verdict.seq).toBe(1)
  else expect(verdict).toMatchObject({ is: 'rejected', error: { code: 'already-settled' } })
  await again.committed(1)
  expect(await cardsOf(tenant)).toMatchObject([{ reactions: 5, notes: 'by hand' }])
  expect(await effectsOf(tenant)).toEqual([
    { actor: ada.client, n: 1 },
    { actor: ada.client, n: 2 },
  ])
})

it('EPO-8 a client that holds more of a log than the object does waits until Postgres has told', async () => {
  const { tenant, ada } = await withCard('put-back')
  const { epoch } = ada
  await runInDurableObject(objectOf(tenant), async (_, { storage }) => {
    const kept = storage.sql.exec('SELECT * FROM mark').toArray()
    expect(kept).toHaveLength(1)
    for (const table of ['log', 'record', 'mark']) storage.sql.exec(`DELETE FROM ${table}`)
    storage.sql.exec("DELETE FROM meta WHERE key = 'committed'")
  })
  await evictDurableObject(objectOf(tenant), { webSockets: 'close' })

  const early = await Peer.open({ sub: 'ada', tenant }, ada.client)
  const hello = { protocol: PROTOCOL_VERSION, client: ada.client, acknowledged: 1, unsettled: 2 }
  early.send(['hello', { ...hello, epoch }])
  expect(await early.untilClosed()).toMatchObject({ code: 4503 })
  await expect.poll(() => metaOf(tenant, 'epoch')).not.toBe(epoch)

  const later = await Peer.open({ sub: 'ada', tenant }, ada.client)
  later.send(['hello', { ...hello, epoch }])
  const [, welcome] = await later.next('welcome')
  expect(welcome).toMatchObject({ known: 1 })
  expect(welcome.epoch).not.toBe(epoch)
})

it('EPO-8 a client that only claims to hold more is let in once Postgres has told', async () => {
  const { tenant, ada } = await withCard('boaster')
  ada.close()
  const boaster = await Peer.open({ sub: 'ada', tenant }, ada.client)
  const hello = { protocol: PROTOCOL_VERSION, client: ada.client, acknowledged: 99, unsettled: 100 }
  boaster.send(['hello', { ...hello, epoch: ada.epoch }])
  expect((await boaster.next('welcome'))[1]).toMatchObject({ epoch: ada.epoch, known: 1 })
})

it('EPO-9 a crash while edits are carried over loses none, doubles none and keeps their order', async () => {
  await runInDurableObject(objectOf(newTenant('carrying')), (_, { storage }) => {
    migrateStorage(storage)
    const entry = (seq: number): LogEntry => ({ seq, actor: 'a', n: seq, subject: 'a', at: 0, changes: [] })
    const append = (entries: readonly LogEntry[]) =>
      storage.sql.exec(
        'INSERT INTO log (last_seq, entries) VALUES (?, ?)',
        entries.at(-1)?.seq ?? 0,
        JSON.stringify(entries),
      )
    append([entry(1), entry(2)])
    append([entry(3), entry(4)])
    append([entry(5)])
    const store = new Store(storage, 4)
    store.transaction((txn) => txn.beginEpoch('second'))
    expect([store.head, store.hydrating, store.carried.any]).toEqual([0, true, true])

    const taking = () =>
      store.transaction((txn) => {
        expect(txn.takeCarried(4).map(({ n }) => n)).toEqual([1, 2, 3, 4])
        append([1, 2, 3, 4].map((n) => ({ ...entry(n), seq: n })))
      })
    expect(() =>
      store.transaction((txn) => {
        txn.takeCarried(5)
        throw new Error('a crash')
      }),
    ).toThrow('a crash')
    taking()
    // Another epoch, before the rest was taken.
    const woken = new Store(storage, 4)
    woken.transaction((txn) => txn.beginEpoch('third'))
    const taken = woken.transaction((txn) => txn.takeCarried(99))
    expect(taken.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5])
    expect(woken.carried.any).toBe(false)
  })
})

it('EPO-22 what changed since a place of one log is not what changed since that place of another', async () => {
  const known = await runInDurableObject(objectOf(newTenant('two-logs')), (_, { storage }) => {
    migrateStorage(storage)
    /** A log of two entries, the second of which changes a card. */
    const begin = (id: string) => {
      const changes = [
        { kind: 'update', collection: 'cards', id, before: { notes: 'a' }, after: { notes: 'b' } },
      ]
      const entry = { actor: 'a', subject: 'a', at: 0 }
      const entries = [
        { ...entry, seq: 1, n: 1, changes: [] },
        { ...entry, seq: 2, n: 2, changes },
      ]
      storage.sql.exec('INSERT INTO log (last_seq, entries) VALUES (2, ?)', JSON.stringify(entries))
    }
    begin('c1')
    const store = new Store(storage, 4)
    const changes = new ChangesSince(store)
    const cards = () => [...(changes.from(1)?.get('cards')?.keys() ?? [])]
    const first = cards()
    store.transaction((txn) => txn.beginEpoch('second'))
    begin('c2')
    return [first, cards()]
  })
  expect(known).toEqual([['c1'], ['c2']])
})

it('EPO-23 a change in one log has not the place of a change in another', () => {
  const log = { epoch: 'first', head: 8 }
  const changed = new ChangedAt(log)
  changed.note(['cards'])
  const before = ['cards', 'prizes', CONFLICTS].map((name) => changed.of(name))
  Object.assign(log, { epoch: 'second', head: 2 })
  const begun = ['cards', 'prizes', CONFLICTS].map((name) => changed.of(name))
  log.head = 3
  changed.note(['cards'])
  const after = ['cards', 'prizes', CONFLICTS].map((name) => changed.of(name))
  expect([before, begun, after]).toEqual([
    [8, 8, 8],
    [2, 2, 2],
    [3, 2, 3],
  ])
})

it('EPO-20 an edit that has become something else since it was logged is carried over as that', async () => {
  await runInDurableObject(objectOf(newTenant('corrected')), (_, { storage }) => {
    migrateStorage(storage)
    const entry = (seq: number, title: string): LogEntry => ({
      seq,
      actor: 'a',
      n: seq,
      subject: 'a',
      at: 0,
      changes: [{ kind: 'insert', collection: 'assignees', id: `a${seq}`, after: { title } }],
    })
    const logged = [1, 2, 3].map((seq) => entry(seq, 'logged'))
    storage.sql.exec('INSERT INTO log (last_seq, entries) VALUES (3, ?)', JSON.stringify(logged))
    const corrected = entry(2, 'corrected')
    storage.sql.exec('INSERT INTO correction (seq, entry) VALUES (2, ?)', JSON.stringify(corrected))
    const store = new Store(storage, 4)
    store.transaction((txn) => txn.beginEpoch('second'))
    expect(store.transaction((txn) => txn.takeCarried(3))).toEqual([
      entry(1, 'logged'),
      corrected,
      entry(3, 'logged'),
    ])
  })
})

it('EPO-13 a fenced object arms no alarm for Postgres', async () => {
  const { tenant, ada } = await withCard('fenced')
  await sql(
    "SELECT tidemark.open_tenant($1, 'another-log', epoch) FROM tidemark.ledger WHERE tenant_id = $1",
    tenant,
  )
  await ada.push(ada.edit(change('c1', { notes: { set: 'too late' } })))
  expect(await ada.untilClosed()).toMatchObject({ code: 4410 })
  expect(await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm())).toBeNull()
})
