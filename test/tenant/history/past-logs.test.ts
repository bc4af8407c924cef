import { runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { cardsOf, sql } from '../support/database.ts'
import { ask, historyOf, told } from '../support/past.ts'
import { newTenant, Peer, type Person } from '../support/peer.ts'
import { assignee, card, change, prize } from '../support/samples.ts'
import { objectOf, signNudge } from '../support/tenant-world.ts'

const remove = (id: string) => ({ op: 'delete', collection: 'cards', id }) as const
const restore = (id: string) => ({ op: 'restore', collection: 'cards', id }) as const

/** An open card with a prize, so that an effect has written it, and a note that viewers do not see. */
async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(
    ada.edit(assignee()),
    ada.edit(card('c1', { status: 'open', notes: 'kept', reactions: 4, targetPoints: 500 })),
  )
  await ada.committed(2)
  const person = (sub: string, role: Person['role'] = 'editor'): Person => ({ sub, tenant, role })
  return { tenant, ada, person }
}

/** Has the tenant's object forget everything, so that it begins another log. */
async function forget(tenant: string): Promise<void> {
  const response = await exports.default.fetch('https://tidemark.test/sync/tenant/forget', {
    method: 'POST',
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
  })
  if (!response.ok) throw new Error(`not forgotten: ${response.status}`)
}

it('HIS-8 in a new log, whose seqs begin anew, the history goes on: an item is named by its log and seq', async () => {
  const { tenant, ada, person } = await withCard('forgotten')
  const first = ada.epoch
  await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
  await ada.committed(3)
  await forget(tenant)
  const ben = await Peer.join({ sub: 'ben', tenant })
  await ben.push(
    ben.edit(change('c1', { notes: { set: 'new' } })),
    ben.edit(change('c1', { reactions: { add: 2 } })),
  )
  for (const when of ['log', 'Postgres']) {
    if (when === 'Postgres') await ben.committed(2)
    const { items, epoch } = await historyOf(person('cleo'), 'c1')
    expect(items.map((item) => [item.epoch === epoch, item.seq])).toEqual([
      [true, 2],
      [true, 1],
      [false, 3],
      [false, 2],
    ])
    expect(epoch).toBe(ben.epoch)
  }
  const seqs: unknown[] = []
  for (let page = await historyOf(person('cleo'), 'c1', { limit: 1 }); ; ) {
    seqs.push(...page.items.map(({ epoch, seq }) => [epoch, seq]))
    if (!page.next) break
    page = await historyOf(person('cleo'), 'c1', { limit: 1, before: page.next })
  }
  expect(seqs).toEqual([
    [ben.epoch, 2],
    [ben.epoch, 1],
    [first, 3],
    [first, 2],
  ])
  const edit = await ask(person('cleo'), { ask: 'edit', edit: { epoch: first, seq: 3 } })
  expect(await edit.json()).toEqual({
    changes: [
      {
        kind: 'update',
        collection: 'cards',
        id: 'c1',
        from: { reactions: 4 },
        to: { reactions: 5 },
        deltas: { reactions: 1 },
      },
    ],
  })
})

it('HIS-9 a record deleted in an earlier log is seen and comes back whole, by whoever may see its last row', async () => {
  const { tenant, ada, person } = await withCard('brought-back')
  await ada.push(ada.edit(prize('p1', 'c1', 200)))
  await ada.committed(3)
  await sql('DELETE FROM prizes WHERE tenant_id = $1', tenant)
  await ada.push(ada.edit(remove('c1')), ada.edit(card('draft')), ada.edit(remove('draft')))
  await expect.poll(() => cardsOf(tenant)).toEqual([])
  await forget(tenant)
  const ben = await Peer.join({ sub: 'ben', tenant })
  const vic = person('vic', 'viewer')
  const page = await historyOf(vic, 'c1')
  expect([page.row, page.items[0]?.kind, JSON.stringify(page).includes('kept')]).toEqual([
    null,
    'delete',
    false,
  ])
  // Nothing is known of it here until it is recalled, and that is for whoever may see it.
  expect(await ben.push(ben.edit(restore('c1')))).toMatchObject([{ error: { code: 'not-found' } }])
  const recall = (who: Person, id: string) => ask(who, { ask: 'recall', collection: 'cards', id })
  const [unseen, never] = await Promise.all([recall(vic, 'draft'), recall(vic, 'never')])
  expect([unseen.status, never.status]).toEqual([404, 404])
  expect((await recall(vic, 'c1')).status).toBe(200)
  expect(await ben.push(ben.edit(restore('c1')))).toMatchObject([{ is: 'accepted' }])
  await ben.committed(1)
  expect(await cardsOf(tenant)).toMatchObject([
    { id: 'c1', notes: 'kept', reactions: 4, won: 200, status: 'in_progress', total: 500 },
  ])
  expect((await historyOf(vic, 'c1')).items[0]).toMatchObject({ kind: 'restore', author: 'ben' })
})

it('HIS-9 so does one whose deletion the log has dropped since', async () => {
  const { tenant, ada, person } = await withCard('pruned')
  await ada.push(ada.edit(remove('c1')))
  await ada.committed(3)
  await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    storage.sql.exec("DELETE FROM record WHERE id = 'c1'")
    storage.sql.exec('DELETE FROM log WHERE last_seq < 3')
  })
  const page = await historyOf(person('ben'), 'c1')
  expect(page.items.map(({ kind }) => kind)).toEqual(['delete', 'insert'])
})

it('HIS-17 an edit that was Postgres first is one item, at its place in the log and of its client; a refused one is none', async () => {
  const { ada, person } = await withCard('first')
  const first = (...ops: Parameters<Peer['edit']>) => ({
    ...ada.edit(...ops),
    durability: 'committed' as const,
  })
  await ada.push(first(change('c1', { notes: { set: 'first' }, reactions: { add: 2 } })))
  // The number is taken.
  await ada.push(first(card('c2', { number: 'N-c1' })))
  await ada.push(ada.edit(change('c1', { notes: { set: 'second' } })))
  // Between them the author is told of the refusal, in an entry of its own.
  const expected = [
    {
      seq: 5,
      kind: 'update',
      author: 'ada',
      from: { notes: 'first' },
      to: { notes: 'second' },
      committed: true,
    },
    {
      seq: 3,
      kind: 'update',
      author: 'ada',
      from: { notes: 'kept', reactions: 4 },
      to: { notes: 'first', reactions: 6 },
      committed: true,
    },
  ]
  await ada.committed(5)
  const { items } = await historyOf(person('ben'), 'c1')
  expect(told(items).slice(0, 2)).toMatchObject(expected)
  expect(items.slice(0, 3).map(({ client, n }) => [client, n])).toEqual([
    [ada.client, 5],
    [ada.client, 3],
    [ada.client, 2],
  ])
  const refused = await ask(person('ben'), { ask: 'record', collection: 'cards', id: 'c2' })
  expect(refused.status).toBe(404)
})
