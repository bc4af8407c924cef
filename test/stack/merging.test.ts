import { beforeEach, describe, expect, it } from 'vitest'
import { signal } from '../../dev/harness/processes.ts'
import { until } from '../../dev/harness/until.ts'
import { open, type Person } from '../support/person.ts'
import { RawSocket } from '../support/raw-socket.ts'
import type { Stack } from '../support/stack.ts'
import { useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person
let made = 0
let id: string

useTwoPeople('once', (two) => {
  ;({ stack, ada, ben } = two)
  ada.db.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
})

/** An open card of 10,000 points that both hold. */
beforeEach(async () => {
  made += 1
  id = `c${made}`
  ada.db.cards.insert({ id, number: `N-${made}`, assigneeId: 'a1', targetPoints: 10_000, status: 'open' })
  await Promise.all([ada, ben].map((person) => person.sees(id, () => true)))
})

/** Both clients, the object (shown by a fresh client) and Postgres hold the same. */
async function expectAllEqual(): Promise<void> {
  await until('nothing is under way', () =>
    [ada, ben].every(({ db }) => db.connection.getSnapshot().pending === 0),
  )
  const fresh = await open(stack, 'cleo')
  const object = fresh.shown()
  fresh.close()
  await until('the clients show the same', () => JSON.stringify(ada.shown()) === JSON.stringify(ben.shown()))
  expect(ada.shown()).toEqual(object)
  const rows = await stack.sql(
    'SELECT id, status, notes, reactions, points_won::int AS won FROM cards ORDER BY id',
  )
  const held = ada.db.cards
    .all()
    .getSnapshot()
    .rows.map(({ id, status, notes, reactions, pointsWon }) => ({
      id,
      status,
      notes,
      reactions,
      won: pointsWon,
    }))
  expect(rows).toEqual(held.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
}

describe('two people change one card, each before having seen the other’s change', () => {
  it('E2E-5 different fields merge', async () => {
    ada.db.cards.update(id, (card) => {
      card.notes = 'called'
    })
    ben.db.cards.update(id, (card) => {
      card.dueOn = '2026-12-24'
    })
    for (const person of [ada, ben]) {
      await person.sees(id, ({ notes, dueOn }) => notes === 'called' && dueOn === '2026-12-24')
    }
    await expectAllEqual()
  })

  it('E2E-5 of two values of one field the later in order stays, and the other is kept as a conflict', async () => {
    const edits = [ada, ben].map(({ db }, index) =>
      db.cards.update(id, (card) => {
        card.notes = `from ${index}`
      }),
    )
    const [first, second] = await Promise.all(edits.map(({ accepted }) => accepted))
    if (!first?.ok || !second?.ok) throw new Error('both edits are accepted')
    const winner = first.seq > second.seq ? 'from 0' : 'from 1'
    for (const person of [ada, ben]) await person.sees(id, ({ notes }) => notes === winner)
    await expectAllEqual()
  })

  it('E2E-5 additions to one counter add up', async () => {
    for (const { db } of [ada, ben]) {
      db.cards.update(id, (card) => {
        card.reactions += 2
      })
    }
    for (const person of [ada, ben]) await person.sees(id, ({ reactions }) => reactions === 4)
    await expectAllEqual()
  })

  it('E2E-5 two prizes add up, and the card is finished', async () => {
    const wonOn = '2026-11-22'
    for (const { db } of [ada, ben])
      db.prizes.insert({ cardId: id, awardedPoints: 5_000, kind: 'badge', wonOn })
    for (const person of [ada, ben]) {
      await person.sees(id, ({ pointsWon, status }) => pointsWon === 10_000 && status === 'finished')
    }
    await expectAllEqual()
  })
})

describe('one edit sent three times on two sockets', () => {
  it('E2E-6 has one seq and one effect in Postgres', async () => {
    const client = 'raw-client-1'
    const token = await stack.token('cleo')
    const before = await RawSocket.join(stack.url, token, client)
    const edit = {
      n: 1,
      context: before.context,
      ops: [{ op: 'update' as const, collection: 'cards', id, fields: { reactions: { add: 1 } } }],
    }
    before.send(['push', 0, [edit]])
    const [, first] = await before.next('receipt')
    before.send(['push', 0, [edit]])
    const [, second] = await before.next('receipt')
    const after = await RawSocket.join(stack.url, token, client)
    after.send(['push', 0, [edit]])
    const [, third] = await after.next('receipt')

    expect(first).toMatchObject([{ is: 'accepted', n: 1 }])
    expect([second, third]).toEqual([first, first])
    const stored = await until('it is in Postgres', async () => {
      const rows = await stack.sql('SELECT seq FROM tidemark.history WHERE actor = $1', [client])
      return rows.length > 0 && rows
    })
    expect(stored).toHaveLength(1)
    expect(await stack.sql('SELECT reactions FROM cards WHERE id = $1', [id])).toEqual([{ reactions: 1 }])
    before.close()
    after.close()
  })
})

describe('a hundred edits sent at once, each in a frame of its own', () => {
  it('TEN-62 share a few turns', async () => {
    const socket = await RawSocket.join(stack.url, await stack.token('cleo'), 'raw-client-2')
    socket.send(['subscribe', { id: 1, query: { collection: 'cards' } }])
    while (!(await socket.next('page'))[1].last);
    const { context } = socket
    const ops = [{ op: 'update' as const, collection: 'cards', id, fields: { reactions: { add: 1 } } }]
    // The Worker stands still meanwhile, so that all are there for it at once, however busy the machine is.
    const pids = stack.workerPids()
    for (const pid of pids) signal(pid, 'SIGSTOP')
    for (let n = 1; n <= 100; n++) socket.send(['push', 0, [{ n, context, ops }]])
    await until('all have left', () => socket.unsent === 0)
    for (const pid of pids) signal(pid, 'SIGCONT')
    let turns = 0
    for (let head = 0; head < context.seq + 100; turns++) head = (await socket.next('rows'))[2]
    expect(turns).toBeLessThan(30)
    socket.close()
  })
})
