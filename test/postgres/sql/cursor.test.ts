import type pg from 'pg'
import { expect, test } from 'vitest'
import type { ExternalChange } from '../../../src/core/external/events.ts'
import { type Gateway, useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, rowChanges, update } from '../support/edits.ts'
import { numbersFrom } from '../support/random-edits.ts'

const database = useDatabase()

const insert = (client: Pick<pg.Client, 'query'>, tenant: string, id: string) =>
  client.query('INSERT INTO assignees (tenant_id, id, name) VALUES ($1, $2, $2)', [tenant, id])

/** All external changes of a tenant from here on, page after page. */
async function drain(gateway: Gateway): Promise<ExternalChange[]> {
  const changes: ExternalChange[] = []
  for (;;) {
    const page = await done(gateway.changes())
    changes.push(...rowChanges(page.changes))
    if (!page.more) return changes
  }
}

test.for([1, 2, 3])(
  'PG-38 of eight sessions whose transactions overlap and end out of order, what each did to a row comes once, in the order of the row (seed %i)',
  async (seed) => {
    const tenant = `overlap-${seed}`
    const gateway = database.gateway(tenant)
    await done(gateway.open(EPOCH))
    const rows = Array.from({ length: 12 }, (_, i) => `a${i}`)
    await done(gateway.apply(batchOf(rows.map((id, i) => entry(i + 1, [insertAssignee(id, { city: '0' })])))))
    const below = numbersFrom(seed)
    const sessions = await Promise.all(Array.from({ length: 8 }, () => database.session()))
    /** Rows that an open transaction holds, by session: no session waits for another, so any order is possible. */
    const held = new Map<number, Set<string>>()
    const seen: ExternalChange[] = []
    let committed = 0
    let transactions = 0
    for (let step = 0; step < 600; step++) {
      const [index, choice] = [below(8), below(10)]
      const session = sessions[index]
      const mine = held.get(index)
      if (!session) continue
      if (choice < 6) {
        if (!mine) await session.query('BEGIN')
        const others = new Set([...held].flatMap(([other, ids]) => (other === index ? [] : [...ids])))
        const free = rows.filter((id) => !others.has(id))
        const id = free[below(Math.max(1, free.length))]
        held.set(index, new Set([...(mine ?? []), ...(id === undefined ? [] : [id])]))
        if (id === undefined) continue
        const text =
          'UPDATE assignees SET city = (city::int + 1)::text WHERE tenant_id = $1 AND id = $2 RETURNING city'
        await session.query(text, [tenant, id])
      } else if (choice < 9) {
        if (mine) await session.query(below(4) === 0 ? 'ROLLBACK' : 'COMMIT')
        held.delete(index)
      } else {
        seen.push(...(await drain(gateway)))
      }
    }
    for (const [index] of held) await sessions[index]?.query('COMMIT')
    seen.push(...(await drain(gateway)))
    const state = await database.sql('SELECT id, city FROM assignees WHERE tenant_id = $1', [tenant])
    for (const { id, city } of state) {
      committed += Number(city)
      const steps = seen.filter((change) => change.id === id)
      // Each goes on where the last one ended, so none is missing, comes twice or out of order.
      expect([...steps.map(({ before }) => before['city']), city]).toEqual([
        '0',
        ...steps.map(({ after }) => after['city']),
      ])
      transactions += steps.length
    }
    expect(seen).toHaveLength(transactions)
    expect(committed).toBeGreaterThan(100)
    for (const session of sessions) await session.end()
  },
)

test('PG-39 open transactions of other tenants, and of other databases, delay no change', async () => {
  const gateway = database.gateway('prompt')
  await done(gateway.open(EPOCH))
  await database.sql('CREATE DATABASE elsewhere')
  const [neighbour, stranger] = [await database.session(), await database.session({ pathname: '/elsewhere' })]
  await neighbour.query('BEGIN')
  await insert(neighbour, 'neighbour', 'a1')
  await stranger.query('BEGIN; CREATE TABLE things (n integer)')
  for (const id of ['a', 'b']) {
    await insert(await database.session(), 'prompt', id)
    expect((await done(gateway.changes())).changes).toMatchObject([{ id }])
  }
  await stranger.query('ROLLBACK')
  await neighbour.query('COMMIT')
  expect((await done(gateway.changes())).changes).toEqual([])
})

test('PG-40 a burst comes in pages that lose and repeat nothing, whatever commits in between', async () => {
  const gateway = database.gateway('burst')
  await done(gateway.open(EPOCH))
  const [early, other] = [await database.session(), await database.session()]
  await early.query('BEGIN')
  await insert(early, 'burst', 'early')
  await other.query(
    "INSERT INTO assignees (tenant_id, id, name) SELECT 'burst', 'a' || lpad(i::text, 4, '0'), 'C' FROM generate_series(1, 7200) AS i",
  )
  const first = await done(gateway.changes())
  expect(first).toMatchObject({ more: true, changes: { length: 3000 } })
  await early.query('COMMIT')
  await insert(other, 'burst', 'late')
  const edit = batchOf([entry(1, [update('assignees', 'a7100', { city: 'X' })])])
  const behind = await done(gateway.apply(edit))
  expect(behind).toMatchObject({
    is: 'behind',
    applied: 0,
    external: { more: true, changes: { length: 3001 } },
  })
  if (!('external' in behind)) throw new Error('an answer to a batch carries external changes')
  const rest = [await done(gateway.changes()), await done(gateway.changes())]
  expect(rest.map(({ more }) => more)).toEqual([false, false])
  const ids = [first, behind.external, ...rest].flatMap(({ changes }) =>
    rowChanges(changes).map(({ id }) => id),
  )
  const burst = Array.from({ length: 7200 }, (_, i) => `a${String(i + 1).padStart(4, '0')}`)
  // What the edit waits for comes before its turn.
  const inTurn = burst.filter((id) => id !== 'a7100')
  expect(ids).toEqual([...inTurn.slice(0, 6000), 'a7100', ...inTurn.slice(6000), 'early', 'late'])
  expect(await done(gateway.apply(edit))).toMatchObject({
    is: 'applied',
    applied: 1,
    external: { changes: [] },
  })
})

test('PG-41 a page ends after some megabytes, with one change at least', async () => {
  const gateway = database.gateway('heavy')
  await done(gateway.open(EPOCH))
  await database.sql(
    "INSERT INTO assignees (tenant_id, id, name) SELECT 'heavy', 'a' || i, repeat('x', 3000000) FROM generate_series(1, 3) AS i",
  )
  const pages = [await done(gateway.changes()), await done(gateway.changes())]
  expect(pages.map(({ changes, more }) => [rowChanges(changes).map(({ id }) => id), more])).toEqual([
    [['a1', 'a2'], true],
    [['a3'], false],
  ])
})

test('PG-42 a cursor that may have missed what was deleted has expired, and only that', async () => {
  const [busy, idle] = [database.gateway('busy'), database.gateway('idle')]
  const [{ cursor }] = [await done(busy.open(EPOCH)), await done(idle.open(EPOCH))]
  await insert(await database.session(), 'busy', 'a1')
  const read = await done(busy.changes())
  expect(await database.sql("SELECT tidemark.prune_changes('1 day') AS gone")).toEqual([{ gone: '0' }])
  expect(await done(busy.changes(cursor))).toMatchObject({ changes: [{ id: 'a1' }] })
  await database.sql("SELECT tidemark.prune_changes('0 s', 100000)")
  const old = { ok: false, failure: 'expired', message: expect.stringMatching(/^TM011.*older/) }
  expect(await busy.changes(cursor)).toMatchObject(old)
  const batch = batchOf([entry(1, [insertAssignee('a2')])])
  expect(await busy.apply(batch, cursor)).toMatchObject(old)
  expect((await done(busy.changes(read.cursor))).changes).toEqual([])
  expect(await done(busy.apply(batch, read.cursor))).toMatchObject({ is: 'applied' })
  expect((await done(idle.changes())).changes).toEqual([])
})

test('PG-43 a cursor from the future of this database, as after a restored backup, has expired', async () => {
  const gateway = database.gateway('restored')
  await done(gateway.open(EPOCH))
  expect(await gateway.changes('99999999:99999999:')).toMatchObject({
    ok: false,
    failure: 'expired',
    message: expect.stringMatching(/^TM011.*does not have/),
  })
})

test('PG-58 a database that was put back is told apart from the one that was read, also when it has gone as far', async () => {
  const gateway = database.gateway('grown-again')
  const { cursor } = await done(gateway.open(EPOCH))
  const session = await database.session()
  await insert(session, 'grown-again', 'a1')
  const [first, lost] = [await done(gateway.changes(cursor)), await done(gateway.changes(cursor))]
  // A copy of the database in which only the first reading had ended.
  const later = 'DELETE FROM tidemark.reading WHERE mark = $1'
  await database.sql(later, [lost.cursor.split('|').at(-1)])
  expect(await gateway.changes(lost.cursor)).toMatchObject({
    ok: false,
    failure: 'expired',
    message: expect.stringMatching(/^TM011.*does not have/),
  })
  const edit = batchOf([entry(1, [insertAssignee('a2')])])
  expect(await gateway.apply(edit, lost.cursor)).toMatchObject({ ok: false, failure: 'expired' })
  expect((await done(gateway.changes(first.cursor))).changes).toEqual([])
  expect(await done(gateway.apply(edit, first.cursor))).toMatchObject({ is: 'applied' })
})

test('PG-59 marks of what was read go when a later one is shown, and while nothing changes none are left', async () => {
  const gateway = database.gateway('marked')
  let { cursor } = await done(gateway.open(EPOCH))
  const marks = async () =>
    (await database.sql("SELECT 1 FROM tidemark.reading WHERE tenant_id = 'marked'")).length
  await done(gateway.changes(cursor))
  expect(await marks()).toBe(0)
  const session = await database.session()
  for (const id of ['a1', 'a2', 'a3']) {
    await insert(session, 'marked', id)
    // The first answer is lost.
    await done(gateway.changes(cursor))
    cursor = (await done(gateway.changes(cursor))).cursor
  }
  // The one that was shown last, and those of its two answers.
  expect(await marks()).toBe(3)
})
