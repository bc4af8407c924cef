import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineView } from '../../../src/core/query/view.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { CollectionRows } from '../../../src/tenant/storage/collection-rows.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { board } from '../../fixtures/board.ts'
import { query as queries, RIGHTS } from '../../support/query-model/history.ts'
import { naiveResult } from '../../support/query-model/naive.ts'
import { newTenant, Peer, type Person, sign } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const OPEN: Query = {
  collection: 'cards',
  where: [
    'and',
    [
      ['=', 'status', 'open'],
      ['>', 'targetPoints', 5_000],
    ],
  ],
}

const FIRST_TWO: Query = { collection: 'cards', orderBy: [['targetPoints', 'desc']], limit: 2 }

const ids = (rows: readonly (readonly unknown[])[]) => rows.map(([id]) => id)

/** What a `rows` frame told of one view: ids that came, changed and left. */
function told([, , , parts]: Extract<Down, readonly ['rows', ...unknown[]]>) {
  return parts.map(([, puts, patches, leaves]) => ({ came: ids(puts), changed: ids(patches), left: leaves }))
}

async function withCards(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(
    ada.edit(assignee()),
    ada.edit(card('c1', { status: 'open', targetPoints: 9_000 })),
    ada.edit(card('c2', { status: 'draft', targetPoints: 8_000 })),
    ada.edit(card('c3', { status: 'open', targetPoints: 1_000 })),
  )
  return { tenant, ada }
}

describe('a query', () => {
  it('QRY-31 shows the records that meet it, and tells who comes, changes and leaves', async () => {
    const { tenant, ada } = await withCards('where')
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    expect(ids(await ben.follow(0, OPEN))).toEqual(['c1'])
    await ada.push(
      ada.edit(change('c2', { status: { set: 'open' } })),
      ada.edit(change('c1', { notes: { set: 'called' } })),
    )
    expect(told(await ben.next('rows'))).toEqual([{ came: ['c2'], changed: ['c1'], left: [] }])
    await ada.push(ada.edit(change('c1', { status: { set: 'withdrawn' } })))
    expect(told(await ben.next('rows'))).toEqual([{ came: [], changed: [], left: ['c1'] }])
  })

  it('QRY-32 with an order and a limit stays the right window, whoever enters, moves and leaves', async () => {
    const { tenant, ada } = await withCards('window')
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    expect(ids(await ben.follow(0, FIRST_TWO))).toEqual(['c1', 'c2'])
    await ada.push(ada.edit(change('c3', { targetPoints: { set: 9_500 } })))
    expect(told(await ben.next('rows'))).toEqual([{ came: ['c3'], changed: [], left: ['c2'] }])
    await ada.push(ada.edit({ op: 'delete', collection: 'cards', id: 'c1' }))
    expect(told(await ben.next('rows'))).toEqual([{ came: ['c2'], changed: [], left: ['c1'] }])
  })

  it('QRY-33 goes on after a place in the order, and brings the columns it was asked for', async () => {
    const { tenant } = await withCards('select')
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    const rest = await ben.follow(0, { ...FIRST_TWO, after: [9_000, 'c1'], select: ['number'] })
    expect(rest).toEqual([
      ['c2', 'N-c2', 8_000],
      ['c3', 'N-c3', 1_000],
    ])
    const view = ben.frames.find((frame) => frame[0] === 'view')
    expect(view).toMatchObject(['view', { columns: ['id', 'number', 'targetPoints'] }])
  })

  it.each([
    [{ collection: 'cards', where: ['=', 'tenant_id', 'x'] }, 'unknown-column'],
    [{ collection: 'cards', where: ['=', 'targetPoints', 'much'] }, 'bad-query'],
    [{ collection: 'cards', where: ['prefix', 'targetPoints', '1'] }, 'bad-query'],
    [{ collection: 'cards', orderBy: [['dueOn', 'asc']], after: ['2026-01-01'] }, 'bad-query'],
    [{ collection: 'cards', where: ['in', 'dueOn', ['soon']] }, 'bad-query'],
  ] satisfies [Query, string][])(
    'QRY-34 that cannot be answered is refused by name: %j',
    async (bad, code) => {
      const ben = await Peer.open({ sub: 'ben', tenant: newTenant('bad') })
      await ben.hello()
      ben.send(['subscribe', { id: 7, query: bad }])
      expect((await ben.next('error'))[1]).toMatchObject({ code, ref: 7 })
      await ben.follow(8, OPEN)
    },
  )

  it('QRY-35 means the same to the object’s storage as to the code that both sides share', async () => {
    const stub = env.TENANT.get(env.TENANT.idFromName(newTenant('sql')))
    const rows: Row[] = fc
      .sample(
        fc.record({
          title: fc.constantFrom('a', 'ab', 'b', '\u{1F600}', '\uFF5E'),
          note: fc.constantFrom(null, 'a', 'ab', '\u{1F600}', '\uFF5E'),
          votes: fc.nat({ max: 3 }),
          owner: fc.constantFrom('mia', 'tom'),
          state: fc.constantFrom('open', 'won', 'lost'),
          points: fc.nat({ max: 2 }),
        }),
        { numRuns: 40, seed: 4 },
      )
      .map((row, i) => ({ id: `a${i}`, ...row }))
    await runInDurableObject(stub, (_, { storage }) => {
      const stored = new CollectionRows(storage.sql, new Map())
      new Store(storage, 1).transaction((txn) => txn.putRows('cards', rows, { actor: 'sql', n: 0, seq: 0 }))
      for (const query of fc.sample(queries, { numRuns: 1_500, seed: 5 })) {
        for (const rights of RIGHTS) {
          const view = defineView(board.manifest, query, rights)
          if ('code' in view) continue
          const { limit: _, ...unlimited } = query
          expect([query, ids([...stored.scan(view)].map(({ id }) => [id]))]).toEqual([
            query,
            naiveResult(rows, unlimited, rights).map(({ id }) => id),
          ])
          expect(stored.total(view)).toBe(naiveResult(rows, unlimited, rights).length)
        }
      }
    })
  })

  it('QRY-36 that a declared index serves reads no other record', async () => {
    const { tenant } = await withCards('index')
    const stub = env.TENANT.get(env.TENANT.idFromName(tenant))
    const plan = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql
        .exec<{ detail: string }>(
          `EXPLAIN QUERY PLAN SELECT row FROM record WHERE collection = 'cards' AND deleted_seq IS NULL
             AND (keys ->> '$.status' = ?) ORDER BY keys ->> '$.dueOn' asc, id`,
          'open',
        )
        .toArray(),
    )
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('USING INDEX keyed_cards_status_dueOn'),
    ])
  })

  it('QRY-37 is shared by those who see the same, and found again after sleep', async () => {
    const { tenant, ada } = await withCards('shared')
    const [ben, cleo] = [await Peer.open({ sub: 'ben', tenant }), await Peer.open({ sub: 'cleo', tenant })]
    for (const peer of [ben, cleo]) {
      await peer.hello()
      await peer.follow(0, OPEN)
    }
    await evictDurableObject(env.TENANT.get(env.TENANT.idFromName(tenant)), { webSockets: 'hibernate' })
    await ada.push(ada.edit(change('c2', { status: { set: 'open' } })))
    const [to, too] = [await ben.next('rows'), await cleo.next('rows')]
    expect(to).toEqual(too)
    expect(told(to)).toEqual([{ came: ['c2'], changed: [], left: [] }])
  })
})

describe('a query that was away', () => {
  async function resumed(tenant: string, ben: Peer, query: Query, person: Person = { sub: 'ben', tenant }) {
    const again = await Peer.open(person, ben.client)
    const [, { epoch }] = await again.hello()
    const resume = { epoch, seq: ben.cursor, resumeToken: ben.resumeTokenOf(0) }
    again.send(['subscribe', { id: 0, query, resume }])
    return again
  }

  it('QRY-40 gets what changed in what it shows, and exactly who left', async () => {
    const { tenant, ada } = await withCards('away')
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    await ben.follow(0, FIRST_TWO)
    ben.close()
    await ada.push(
      ada.edit(card('c4', { targetPoints: 50 })),
      ada.edit({ op: 'delete', collection: 'cards', id: 'c4' }),
      ada.edit(change('c3', { targetPoints: { set: 8_500 } })),
      ada.edit(change('c1', { notes: { set: 'called' } })),
    )
    const again = await resumed(tenant, ben, FIRST_TWO)
    const rows = await again.next('rows')
    expect(rows.slice(1, 3)).toEqual([4, 8])
    expect(told(rows)).toEqual([{ came: ['c3'], changed: ['c1'], left: ['c2'] }])
  })

  it('QRY-41 and cannot prove what it held gets a snapshot: another query, or other rights', async () => {
    const { tenant } = await withCards('seal')
    const vic = { sub: 'vic', tenant, role: 'editor' as const }
    const ben = await Peer.open(vic)
    await ben.hello()
    await ben.follow(0, OPEN)
    ben.close()
    const other = await resumed(tenant, ben, FIRST_TWO, vic)
    expect(ids(await other.snapshot())).toEqual(['c1', 'c2'])
    other.close()
    const demoted = await resumed(tenant, ben, OPEN, { ...vic, role: 'viewer' })
    expect(ids(await demoted.snapshot())).toEqual(['c1'])
    expect(demoted.frames.some((frame) => frame[0] === 'rows')).toBe(false)
  })

  it('QRY-43 resumes all of its queries, also when they are asked for one after the other', async () => {
    const { tenant, ada } = await withCards('split')
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    await ben.follow(0, OPEN)
    await ben.follow(1, FIRST_TWO)
    ben.close()
    await ada.push(ada.edit(change('c2', { status: { set: 'open' } })))
    const again = await Peer.open({ sub: 'ben', tenant }, ben.client)
    const [, { epoch }] = await again.hello()
    const held = { epoch, seq: ben.cursor }
    again.send(['subscribe', { id: 0, query: OPEN, resume: { ...held, resumeToken: ben.resumeTokenOf(0) } }])
    const first = await again.next('rows')
    await ada.push(ada.edit(change('c1', { notes: { set: 'called' } })))
    const live = await again.next('rows')
    again.send([
      'subscribe',
      { id: 1, query: FIRST_TWO, resume: { ...held, resumeToken: ben.resumeTokenOf(1) } },
    ])
    const second = await again.next('rows')
    expect([first, live, second].map(([, from, to]) => [from, to])).toEqual([
      [4, 5],
      [5, 6],
      [6, 6],
    ])
    expect(told(first)).toEqual([{ came: ['c2'], changed: [], left: [] }])
    expect(told(second)).toEqual([{ came: [], changed: ['c1', 'c2'], left: [] }])
  })

  it('QRY-42 is told what its rows come to, so that it can check them', async () => {
    const { tenant } = await withCards('digest')
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    await ben.follow(0, OPEN)
    ben.close()
    const again = await resumed(tenant, ben, OPEN)
    const [, seq, [digest]] = await again.next('digest')
    expect([seq, digest?.[1]]).toEqual([4, 1])
  })
})

describe('what somebody may see', () => {
  it('RDR-1 is decided before any query: other records come in no frame, and leave without values', async () => {
    const { tenant, ada } = await withCards('read')
    const vic = await Peer.open({ sub: 'vic', tenant, role: 'viewer' })
    await vic.hello()
    expect(ids(await vic.follow(0, { collection: 'cards' }))).toEqual(['c1', 'c3'])
    await ada.push(
      ada.edit(change('c2', { targetPoints: { set: 7_777 } })),
      ada.edit(card('c5', { status: 'draft', notes: 'secret' })),
      ada.edit(change('c3', { notes: { set: 'secret' } })),
      ada.edit(change('c2', { status: { set: 'open' } })),
    )
    expect(told(await vic.next('rows'))).toEqual([{ came: ['c2'], changed: [], left: [] }])
    expect(JSON.stringify(vic.frames)).not.toContain('secret')
    expect(JSON.stringify(vic.frames)).not.toMatch(/"(N-)?c5"/)
  })

  it('RDR-2 a hidden column is in no row, and asking about it is asking for what does not exist', async () => {
    const { tenant } = await withCards('hide')
    const vic = await Peer.open({ sub: 'vic', tenant, role: 'viewer' })
    await vic.hello()
    await vic.follow(0, { collection: 'cards' })
    expect(vic.frames.find((frame) => frame[0] === 'view')?.[1]).not.toMatchObject({
      columns: expect.arrayContaining(['notes']),
    })
    const errors: string[] = []
    for (const name of ['notes', 'nothing']) {
      vic.send(['subscribe', { id: 1, query: { collection: 'cards', where: ['not', ['=', name, '']] } }])
      errors.push((await vic.next('error'))[1].message.replace(name, '*'))
    }
    expect(errors[0]).toBe(errors[1])
  })

  it('RDR-3 follows a fresh token: a snapshot of what may be seen replaces what was shown', async () => {
    const { tenant, ada } = await withCards('claims')
    const ben = await Peer.open({ sub: 'ben', tenant, role: 'editor' })
    await ben.hello()
    expect(ids(await ben.follow(0, { collection: 'cards' }))).toEqual(['c1', 'c2', 'c3'])
    ben.send(['auth', await sign({ sub: 'ben', tenant, role: 'viewer' })])
    expect(ids(await ben.snapshot())).toEqual(['c1', 'c3'])
    await ada.push(
      ada.edit(change('c2', { notes: { set: 'secret' } })),
      ada.edit(change('c1', { reactions: { add: 1 } })),
    )
    expect(told(await ben.next('rows'))).toEqual([{ came: [], changed: ['c1'], left: [] }])
    expect(JSON.stringify(ben.frames)).not.toContain('secret')
  })

  it('RDR-3 is of the head, up to where the session is told that nothing else concerned it', async () => {
    const { tenant, ada } = await withCards('promoted')
    const ben = await Peer.open({ sub: 'ben', tenant, role: 'viewer' })
    await ben.hello()
    await ben.follow(0, { collection: 'cards' })
    await ada.push(ada.edit(change('c2', { notes: { set: 'for others' } })))
    ben.send(['auth', await sign({ sub: 'ben', tenant, role: 'editor' })])
    expect(await ben.next('rows')).toEqual(['rows', 4, 5, []])
    expect((await ben.next('page'))[1]).toMatchObject({ seq: 5, total: 3 })
  })
})
