import { onlineManager, QueryClient, QueryObserver } from '@tanstack/query-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import type { Invalidation, InvalidationOptions } from '../../src/api/invalidation.ts'
import { KEEP_MS } from '../../src/queries/keeping.ts'
import { bindInvalidation, queryOptions } from '../../src/tanstack-query.ts'
import { accepted, DeskClient, note, welcome } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

let client: QueryClient

beforeEach(() => {
  client = new QueryClient()
  client.mount()
})

afterEach(() => {
  onlineManager.setOnline(true)
  client.clear()
  client.unmount()
})

/** TanStack Query tells its observers by timers of no length. */
async function shown(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((told) => setTimeout(told, 0))
}

/** A client that tells of tags when the test does. */
function tagged() {
  const heard: { listener: (told: Invalidation) => void; options: InvalidationOptions; pattern: string }[] =
    []
  const db = {
    onInvalidate(pattern: string, listener: (told: Invalidation) => void, options: InvalidationOptions) {
      const one = { pattern, listener, options }
      heard.push(one)
      return () => void heard.splice(heard.indexOf(one), 1)
    },
  }
  const tell = async (...tags: string[]) => {
    for (const { listener } of heard) listener({ tags, seq: 1 })
    await shown()
  }
  return { db, heard, tell }
}

/** A query that is shown, and how often it was fetched. */
function fetched(...queryKey: string[]) {
  const counted = { times: 0, stop: () => {} }
  const queryFn = () => ++counted.times
  counted.stop = new QueryObserver(client, { queryKey, queryFn, staleTime: 60_000 }).subscribe(() => {})
  return counted
}

it('BND-1 what a tag stands for is fetched anew, once, and nothing else is', async () => {
  const { db, tell, heard } = tagged()
  const list = fetched('cards', 'list')
  const one = fetched('cards', 'c1')
  const other = fetched('weather')
  await shown()
  const stop = bindInvalidation(client, db, (tag) => (tag.startsWith('cards') ? tag.split('_') : undefined))
  await tell('cards_list', 'cards', 'nobody')
  expect([list.times, one.times, other.times]).toEqual([2, 2, 1])
  await tell('cards_c1')
  expect([list.times, one.times, other.times]).toEqual([2, 3, 1])
  stop()
  expect(heard).toEqual([])
})

it('BND-1 what is not shown is fetched anew when it is shown again', async () => {
  const { db, tell } = tagged()
  const list = fetched('list')
  await shown()
  list.stop()
  bindInvalidation(client, db, (tag) => [tag])
  await tell('list')
  expect(list.times).toBe(1)
  new QueryObserver(client, { queryKey: ['list'], queryFn: () => ++list.times, staleTime: 60_000 }).subscribe(
    () => {},
  )
  await shown()
  expect(list.times).toBe(2)
})

it('BND-2 all tags, and a tag whose key cannot be told, have all fetched anew but what is live', async () => {
  const { db, tell, heard } = tagged()
  const list = fetched('list')
  const live = fetched('tidemark', 'acme notes')
  await shown()
  bindInvalidation(client, db, () => {
    throw new Error('no key')
  })
  await tell('*')
  expect([list.times, live.times]).toEqual([2, 1])
  expect(() => heard[0]?.listener({ tags: ['list'], seq: 2 })).toThrow('no key')
  await shown()
  expect([list.times, live.times]).toEqual([3, 1])
})

it('BND-3 it is told once Postgres has the change, unless it asks to be told before', () => {
  const { db, heard } = tagged()
  bindInvalidation(client, db, (tag) => [tag])
  bindInvalidation(client, db, (tag) => [tag], { at: 'accepted' })
  expect(heard.map(({ pattern, options }) => [pattern, options.at])).toEqual([
    ['*', 'committed'],
    ['*', 'accepted'],
  ])
})

it('BND-4 what was fetched before changes were told of is fetched again', async () => {
  const { db, heard } = tagged()
  bindInvalidation(client, db, (tag) => [tag])
  const list = fetched('list')
  await shown()
  heard[0]?.options.onWatched?.()
  await shown()
  expect(list.times).toBe(2)
})

it('BND-4 what is being fetched for the first time when it goes stale is fetched again after that', async () => {
  const { db, tell } = tagged()
  bindInvalidation(client, db, (tag) => [tag])
  const answers: ((answer: string) => void)[] = []
  const queryFn = () => new Promise<string>((answer) => answers.push(answer))
  const observer = new QueryObserver(client, { queryKey: ['list'], queryFn })
  observer.subscribe(() => {})
  await tell('list')
  expect(answers).toHaveLength(1)
  answers[0]?.('old')
  await shown()
  expect(answers).toHaveLength(2)
  answers[1]?.('new')
  await shown()
  expect(observer.getCurrentResult().data).toBe('new')
  expect(answers).toHaveLength(2)
})

/** A desk that is live without any query, and an observer of the notes. */
async function following() {
  const desk = new DeskClient()
  await desk.connect()
  const observer = new QueryObserver(client, queryOptions(desk.db.notes.all()))
  const stop = observer.subscribe(() => {})
  await settle()
  const subscribed = desk.take()
  const titles = () => observer.getCurrentResult().data?.map(({ title }) => title)
  return { desk, observer, stop, subscribed, titles }
}

it('BND-5 a live query is data: the first rows when they are there, and then each change', async () => {
  const { desk, observer, subscribed, titles } = await following()
  expect(subscribed.map(([kind]) => kind)).toEqual(['subscribe'])
  expect(observer.getCurrentResult().status).toBe('pending')
  await desk.snapshot(10, note('a', 'Ann'), note('b', 'Bob'))
  await shown()
  expect(titles()).toEqual(['Ann', 'Bob'])
  const [ann] = observer.getCurrentResult().data ?? []
  await desk.say(['rows', 10, 11, [[0, [], [['b', 1, 'Bea']], []]]])
  await shown()
  expect(titles()).toEqual(['Ann', 'Bea'])
  expect(observer.getCurrentResult().data?.[0]).toBe(ann)
  for (const row of observer.getCurrentResult().data ?? [])
    expect(row.$sync).toEqual({ pending: false, committing: false })
})

it('BND-5 own edits are in it at once', async () => {
  const { desk, titles } = await following()
  await desk.snapshot(10, note('a', 'Ann'))
  desk.db.notes.update('a', (draft) => {
    draft.title = 'Anna'
  })
  await shown()
  expect(titles()).toEqual(['Anna'])
  await desk.say(accepted(1, 11))
})

it('BND-5 who asks the same shares one subscription, whatever is fetched anew; another tenant has another', async () => {
  const { desk, titles } = await following()
  await desk.snapshot(10, note('a', 'Ann'))
  const again = queryOptions(desk.db.notes.all())
  new QueryObserver(client, again).subscribe(() => {})
  for (let i = 0; i < 3; i++) await client.refetchQueries({ queryKey: again.queryKey })
  let told = 0
  const stop = client.getQueryCache().subscribe(({ type }) => {
    if (type === 'updated') told += 1
  })
  await desk.say(['rows', 10, 11, [[0, [], [['a', 1, 'Ada']], []]]])
  await shown()
  stop()
  expect([titles(), desk.take(), told]).toEqual([['Ada'], [], 1])
  const elsewhere = new DeskClient({ tenant: 'other' })
  expect(queryOptions(elsewhere.db.notes.all()).queryKey).not.toEqual(again.queryKey)
  expect(queryOptions(desk.db.notes.where({ title: 'x' })).queryKey).not.toEqual(again.queryKey)
})

it('BND-5 rows that change while the first ones are handed over are not lost', async () => {
  const { desk, titles } = await following()
  desk.name()
  desk.socket.say(['page', { view: 0, seq: 10, rows: [note('a', 'Ann')], last: true, total: 1 }])
  await Promise.resolve()
  desk.socket.say(['rows', 10, 11, [[0, [], [['a', 1, 'Ada']], []]]])
  await shown()
  expect(titles()).toEqual(['Ada'])
})

it('BND-6 what nothing shows any more is let go, and is asked for again when it is shown again', async () => {
  const { desk, stop, observer } = await following()
  await desk.snapshot(10, note('a', 'Ann'))
  await shown()
  stop()
  await shown()
  await desk.environment.pass(KEEP_MS)
  expect(desk.take().map(([kind]) => kind)).toEqual(['unsubscribe'])
  observer.subscribe(() => {})
  expect(observer.getCurrentResult().data?.[0]?.title).toBe('Ann')
  await shown()
  expect(desk.take().map(([kind]) => kind)).toEqual(['subscribe'])
  await desk.snapshot(12, note('a', 'Ada'))
  await shown()
  expect(observer.getCurrentResult().data?.[0]?.title).toBe('Ada')
})

it('BND-6 what is left before its rows are there is let go', async () => {
  const { desk, stop } = await following()
  stop()
  await shown()
  expect(desk.take().map(([kind]) => kind)).toEqual(['unsubscribe'])
})

it('BND-6 what was loaded ahead and is not shown holds no subscription', async () => {
  const desk = new DeskClient()
  await desk.connect()
  const loaded = client.fetchQuery(queryOptions(desk.db.notes.all()))
  await settle()
  desk.take()
  await desk.snapshot(10, note('a', 'Ann'))
  expect((await loaded).map(({ title }) => title)).toEqual(['Ann'])
  await shown()
  await desk.environment.pass(KEEP_MS)
  expect(desk.take().map(([kind]) => kind)).toEqual(['unsubscribe'])
})

it('BND-6 what is taken out of the cache is let go', async () => {
  const { desk } = await following()
  await desk.snapshot(10, note('a', 'Ann'))
  client.clear()
  await shown()
  await desk.environment.pass(KEEP_MS)
  expect(desk.take().map(([kind]) => kind)).toEqual(['unsubscribe'])
})

it('BND-7 a query that cannot be asked is an error, without a second try', async () => {
  const desk = new DeskClient()
  const bad = new QueryObserver(client, queryOptions(desk.db.notes.where({ title: 'a\0' })))
  bad.subscribe(() => {})
  await shown()
  expect(bad.getCurrentResult()).toMatchObject({
    status: 'error',
    failureCount: 1,
    error: { code: 'bad-query' },
  })
})

it('BND-7 one that is refused later is an error that keeps its rows', async () => {
  const { desk, observer } = await following()
  await desk.snapshot(10, note('a', 'Ann'))
  await shown()
  const refused = { ...wireError('bad-query', 'No more of this.'), ref: desk.lastSubscription }
  await desk.say(['error', refused])
  await shown()
  expect(observer.getCurrentResult()).toMatchObject({
    status: 'error',
    error: { message: 'No more of this.' },
  })
  expect(observer.getCurrentResult().data?.[0]?.title).toBe('Ann')
})

it('BND-8 without a network it waits, and shows what comes when there is one', async () => {
  onlineManager.setOnline(false)
  const desk = new DeskClient()
  const observer = new QueryObserver(client, queryOptions(desk.db.notes.all()))
  observer.subscribe(() => {})
  await shown()
  expect(observer.getCurrentResult()).toMatchObject({ status: 'pending', fetchStatus: 'fetching' })
  await settle()
  desk.socket.open()
  desk.socket.say(welcome())
  await settle()
  desk.take()
  await desk.snapshot(10, note('a', 'Ann'))
  await shown()
  expect(observer.getCurrentResult().data?.[0]?.title).toBe('Ann')
})
