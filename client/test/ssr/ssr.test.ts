import { expect, it } from 'vitest'
import type { Value } from '../../../src/protocol/value.ts'
import type { QuerySnapshot } from '../../src/api/types.ts'
import { createServerClientIn, dehydrate, hydrate, preload } from '../../src/ssr.ts'
import { type Desk, DeskClient, NOTE_COLUMNS, note } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

function serverClient() {
  const environment = new FakeEnvironment()
  const db = createServerClientIn<Desk>(environment, {
    url: 'https://sync.example/base',
    tenant: 'acme',
    getToken: () => 'token',
  })
  return { environment, db }
}

const answer = (rows: Value[][]) => Response.json({ columns: NOTE_COLUMNS, rows, seq: 3, tags: [] })

const titles = ({ rows }: QuerySnapshot<{ id: string; title: string }>) => rows.map(({ title }) => title)

/** Lets time pass until something is there: what answers takes turns of its own. */
async function passUntil<Result>(environment: FakeEnvironment, awaited: Promise<Result>): Promise<Result> {
  let isThere = false
  const end = awaited.finally(() => {
    isThere = true
  })
  while (!isThere) {
    await new Promise((resolve) => setTimeout(resolve))
    await environment.pass(100)
  }
  return end
}

it('RCT-6 a server reads each query once over HTTP, and connects to nothing', async () => {
  const { environment, db } = serverClient()
  const asked: [string, string | null][] = []
  environment.answer = (url, init) => {
    asked.push([url.href, new Headers(init?.headers).get('Authorization')])
    return answer([note('b'), note('a')])
  }
  const query = db.notes.where({ stars: 1 })
  expect(await preload(db, [query])).toEqual({ ok: true })
  const address = new URL('https://sync.example/base/sync/query')
  address.searchParams.set('q', JSON.stringify({ collection: 'notes', where: ['=', 'stars', 1] }))
  expect(asked).toEqual([[address.href, 'Bearer token']])
  expect([titles(query.getSnapshot()), query.getSnapshot().status]).toEqual([['a', 'b'], 'ready'])
  expect(db.notes.all().getSnapshot()).toMatchObject({ status: 'loading', rows: [] })
  expect([environment.sockets.length, environment.timers]).toEqual([0, 0])
  expect(await db.notes.insert({ title: 'x' }).accepted).toMatchObject({ error: { code: 'not-ready' } })
})

it('RCT-6 a page shows what it hydrates until its own rows are there, and then those', async () => {
  const { environment, db } = serverClient()
  environment.answer = () => answer([note('a'), note('b')])
  await preload(db, [db.notes.all()])
  const state: unknown = JSON.parse(JSON.stringify(dehydrate(db)))

  const desk = new DeskClient()
  hydrate(desk.db, state)
  const query = desk.db.notes.all()
  const first = query.getSnapshot()
  expect([titles(first), first.status]).toEqual([['a', 'b'], 'ready'])
  desk.watch()
  expect(query.getSnapshot()).toBe(first)
  await desk.connect({ seq: 10 })
  expect(query.getSnapshot()).toBe(first)
  await desk.snapshot(10, note('a', 'changed'), note('b'), note('c'))
  expect(desk.titles).toEqual(['changed', 'b', 'c'])
  const news = desk.snapshots.filter((snapshot) => snapshot !== first)
  expect(news.map(({ changes }) => changes.map(({ type }) => type))).toEqual([['update', 'update', 'insert']])
  // What was rendered stays what is compared with, should React look late.
  expect(desk.db.notes.all().getServerSnapshot()).toBe(first)
})

it('RCT-9 what is not of dehydrate is refused, and nothing of it is shown', () => {
  const desk = new DeskClient()
  const good = { query: { collection: 'notes' }, columns: ['id'], rows: [['a']] }
  for (const state of [
    undefined,
    null,
    {},
    { queries: 1 },
    { queries: [good, { ...good, rows: [['a', 'b']] }] },
    { queries: [good, { ...good, query: { collection: 'notes', limit: 0 } }] },
    { queries: [good, { ...good, columns: [1] }] },
  ])
    expect(() => hydrate(desk.db, state)).toThrow(TypeError)
  expect(desk.rows).toEqual([])
})

it('RCT-9 a tenant that is being loaded is asked again, and a server that does not answer is given up', async () => {
  const { environment, db } = serverClient()
  let asked = 0
  environment.answer = () => (++asked < 3 ? Response.json({}, { status: 503 }) : answer([note('a')]))
  expect(await passUntil(environment, preload(db, [db.notes.all()]))).toEqual({ ok: true })
  expect(asked).toBe(3)

  environment.answer = () => Response.json({}, { status: 503 })
  expect(await passUntil(environment, preload(db, [db.lines.all()]))).toMatchObject({
    ok: false,
    error: { code: 'internal' },
  })
  expect(environment.timers).toBe(0)
  environment.answer = () => Promise.reject(new TypeError('no network'))
  expect(await preload(db, [db.lines.all()])).toMatchObject({ ok: false, error: { code: 'no-answer' } })
})

it('RCT-9 a refusal has its code, and only what renders on a server preloads', async () => {
  const { environment, db } = serverClient()
  environment.answer = () => Response.json({ code: 'bad-query', message: 'No.' }, { status: 400 })
  expect(await preload(db, [db.notes.all()])).toMatchObject({ error: { code: 'bad-query', message: 'No.' } })
  environment.answer = () => Response.json({ columns: ['id'], rows: [[1, 2]] })
  expect(await preload(db, [db.notes.all()])).toMatchObject({ error: { code: 'internal' } })
  const desk = new DeskClient()
  expect(await preload(desk.db, [])).toMatchObject({ error: { code: 'bad-operation' } })
  await settle()
  expect(dehydrate(desk.db)).toEqual({ queries: [] })
})
