import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { cardsOf, sql } from './support/database.ts'
import { newTenant, Peer } from './support/peer.ts'
import { assignee, card, change, prize } from './support/samples.ts'
import { loseStorage } from './support/tenant-world.ts'

const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

const STEPS = ['connect', 'hello', 'subscribe', 'push', 'receipt', 'commit'] as const

describe('the object', () => {
  it.each(STEPS)('TEN-30 put to sleep after "%s" changes nothing that a client sees', async (after) => {
    const tenant = newTenant('sleep')
    const sleepAfter = (step: (typeof STEPS)[number]) =>
      step === after ? evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' }) : undefined

    const ada = await Peer.open({ sub: 'ada', tenant })
    await sleepAfter('connect')
    await ada.hello()
    await sleepAfter('hello')
    await ada.subscribe('assignees', 'cards', 'prizes')
    await sleepAfter('subscribe')
    ada.send([
      'push',
      0,
      [ada.edit(assignee(), card('c1', { status: 'open' })), ada.edit(prize('p1', 'c1', 4_000))],
    ])
    await sleepAfter('push')
    const [, verdicts] = await ada.next('receipt')
    await sleepAfter('receipt')
    const [, from, to] = await ada.next('rows')
    await ada.committed(2)
    await sleepAfter('commit')
    const [again] = await ada.push(ada.edit(change('c1', { notes: { set: 'awake' } })))
    await ada.committed(3)

    expect(verdicts).toMatchObject([
      { is: 'accepted', seq: 1 },
      { is: 'accepted', seq: 2 },
    ])
    expect([from, to]).toEqual([0, 2])
    expect(again).toEqual({ is: 'accepted', n: 3, seq: 3 })
    expect(await cardsOf(tenant)).toMatchObject([{ won: 4_000, status: 'in_progress', notes: 'awake' }])
  })

  it.each(STEPS)(
    'TEN-31 evicted after "%s" with its sockets cut loses nothing a client was told',
    async (after) => {
      const tenant = newTenant('evict')
      const client = crypto.randomUUID().replaceAll('-', '')
      let ada = await Peer.open({ sub: 'ada', tenant }, client)
      const cutAfter = async (step: (typeof STEPS)[number]) => {
        if (step !== after) return
        await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
        await ada.untilClosed()
        ada = await Peer.open({ sub: 'ada', tenant }, client)
        await ada.hello()
        await ada.subscribe('assignees', 'cards', 'prizes')
      }
      await cutAfter('connect')
      if (after !== 'connect') await ada.hello()
      await cutAfter('hello')
      if (after !== 'connect' && after !== 'hello') await ada.subscribe('assignees', 'cards', 'prizes')
      await cutAfter('subscribe')
      const edits = [
        { n: 1, context: { epoch: ada.epoch, seq: 0 }, ops: [assignee(), card('c1', { status: 'open' })] },
        { n: 2, context: { epoch: ada.epoch, seq: 0 }, ops: [prize('p1', 'c1', 4_000)] },
      ]
      ada.send(['push', 0, edits])
      await cutAfter('push')
      if (after !== 'push') await ada.next('receipt')
      await cutAfter('receipt')
      // Whatever became of the first push, sending the same edits again must end the same way.
      const verdicts = await ada.push(...edits)
      expect(verdicts).toEqual([
        { is: 'accepted', n: 1, seq: 1 },
        { is: 'accepted', n: 2, seq: 2 },
      ])
      await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000, status: 'in_progress' }])
      await cutAfter('commit')
      expect(await sql('SELECT seq FROM tidemark.history WHERE tenant_id = $1', tenant)).toHaveLength(2)
    },
  )

  it('TEN-32 that crashes before an edit is stored has told nobody of it', async () => {
    const tenant = newTenant('crash')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    const crash = runInDurableObject(objectOf(tenant), (_, state) => {
      ada.send(['push', 0, [ada.edit(card('c1'))]])
      state.abort('crash')
    })
    await expect(crash).rejects.toThrow()
    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    const [, { known, seq }] = await back.hello()
    const told = ada.frames.flatMap((frame) => (frame[0] === 'receipt' ? frame[1] : []))
    expect(told.filter(({ is }) => is === 'accepted')).toHaveLength(known)
    expect(seq).toBe(known)
  })

  it('TEN-33 with nothing of its own loads the tenant from Postgres', async () => {
    const tenant = newTenant('load')
    await sql(
      `INSERT INTO assignees (tenant_id, id, name)
       SELECT $1, 'a' || n, 'Assignee ' || n FROM generate_series(1, 4500) n`,
      tenant,
    )
    const ada = await Peer.open({ sub: 'ada', tenant })
    await ada.hello()
    ada.send(['subscribe', { id: 0, query: { collection: 'assignees' } }])
    const pages = [await ada.next('page')]
    while (!pages.at(-1)?.[1].last) pages.push(await ada.next('page'))

    expect(new Set(pages.flatMap(([, { rows }]) => rows.map(([id]) => id))).size).toBe(4_500)
    const progress = ada.frames.flatMap((frame) => (frame[0] === 'progress' ? [frame[1].done] : []))
    expect(progress).toEqual([2_000, 4_000, 4_500])
  })

  it('RDR-8 tells whoever may not read all of a collection that it is loaded, and not how much there was', async () => {
    const tenant = newTenant('load-unseen')
    await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Ann')", tenant)
    await sql(
      `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points)
       SELECT $1, 'c' || n, 'N-' || n, 'a1', 1 FROM generate_series(1, 4500) n`,
      tenant,
    )
    const vic = await Peer.open({ sub: 'vic', tenant, role: 'viewer' })
    await vic.hello()
    vic.send(['subscribe', { id: 0, query: { collection: 'cards' } }])
    expect((await vic.next('page'))[1]).toMatchObject({ rows: [], last: true, total: 0 })
    const progress = vic.frames.filter(([kind]) => kind === 'progress')
    expect(progress).toEqual([['progress', { collection: 'cards', done: 1, total: 1 }]])
  })

  it('TEN-90 loads rows of any size, and passes them on', async () => {
    const tenant = newTenant('large')
    const sizes = [900_000, 200_000, 200_000, 200_000, 3, 3]
    await sql(
      `INSERT INTO assignees (tenant_id, id, name)
       SELECT $1, 'a' || n, repeat('å', size) FROM unnest($2::int[]) WITH ORDINALITY AS t (size, n)`,
      tenant,
      sizes,
    )
    const ada = await Peer.open({ sub: 'ada', tenant })
    await ada.hello()
    ada.send(['subscribe', { id: 0, query: { collection: 'assignees' } }])
    const pages = [await ada.next('page')]
    while (!pages.at(-1)?.[1].last) pages.push(await ada.next('page'))
    const rows = pages.flatMap((page) => page[1].rows)
    expect(rows.map(([id, name]) => [id, String(name).length])).toEqual(
      sizes.map((size, i) => [`a${i + 1}`, size]),
    )
    const stored = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
      storage.sql.exec<{ row: string }>("SELECT row FROM record WHERE id = 'a6'").one(),
    )
    expect(JSON.parse(stored.row)).toEqual({ id: 'a6', name: 'ååå', email: '', city: '' })
  })

  it('TEN-34 whose storage was lost starts a new log, and no settled edit takes effect twice', async () => {
    const tenant = newTenant('lost')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const first = ada.edit(assignee(), card('c1', { reactions: 1 }))
    await ada.push(first)
    await ada.committed(1)
    await loseStorage(tenant)

    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    const [, { epoch }] = await back.hello()
    await back.subscribe('assignees', 'cards')
    expect(epoch).not.toBe(ada.epoch)
    expect(await back.push(first)).toMatchObject([{ is: 'rejected', error: { code: 'already-settled' } }])
    expect(await cardsOf(tenant)).toMatchObject([{ id: 'c1', reactions: 1 }])
  })

  it('TEN-35 whose storage was lost still knows why Postgres refused an edit', async () => {
    const tenant = newTenant('refused')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const twice = ada.edit(card('c1', { number: 'A-1' }), card('c2', { number: 'A-1' }))
    await ada.push(twice)
    await ada.committed(1)
    await loseStorage(tenant)

    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    await back.hello()
    await back.subscribe('cards')
    expect(await back.push(twice)).toMatchObject([{ is: 'rejected', error: { code: 'refused-unique' } }])
  })
})
