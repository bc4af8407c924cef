import { expect, it } from 'vitest'
import { later } from '../../src/later.ts'
import { queryBuilder } from '../../src/queries/query-builder.ts'
import { Runtime } from '../../src/runtime.ts'
import { welcome } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

const search = (runtime: Runtime, text: string) =>
  runtime.query({ collection: 'notes', where: ['prefix', 'title', text] }, 'medium')

function connected() {
  const environment = new FakeEnvironment()
  const runtime = new Runtime(environment, { url: '/', tenant: 'acme', getToken: () => 'token' }, () => later)
  return { environment, runtime }
}

it('CLI-33 of a thousand searches nothing is kept once nobody listens, here or at the server', async () => {
  const { environment, runtime } = connected()
  await settle()
  environment.socket.open()
  environment.socket.say(welcome())
  await settle()
  for (let i = 0; i < 1_000; i++) {
    const stop = search(runtime, `s${i}`).subscribe(() => {})
    search(runtime, `only asked ${i}`).getSnapshot()
    await settle()
    stop()
  }
  await settle()
  expect(runtime.kept).toEqual({ queries: 0, views: 0 })
  const sent = environment.socket.take()
  const count = (kind: string) => sent.filter(([is]) => is === kind).length
  expect([count('subscribe'), count('unsubscribe')]).toEqual([1_000, 1_000])
})

it('CLI-33 what was asked before and what is asked now share what is live, whichever listens first', async () => {
  const { runtime } = connected()
  const early = search(runtime, 'a')
  await settle()
  const late = search(runtime, 'a')
  expect(late).not.toBe(early)
  expect(late.getSnapshot()).toBe(early.getSnapshot())
  const stop = late.subscribe(() => {})
  const stopEarly = early.subscribe(() => {})
  await settle()
  expect([runtime.kept, early.getSnapshot()]).toEqual([{ queries: 1, views: 1 }, late.getSnapshot()])
  stop()
  await settle()
  // Of those who listened first it stays the object for everybody who asks.
  expect(search(runtime, 'a')).toBe(late)
  expect(runtime.kept.views).toBe(1)
  stopEarly()
  await settle()
  expect(runtime.kept).toEqual({ queries: 0, views: 0 })
})

it('CLI-34 while somebody listens a query that is built anew is the same object, as a render needs it', async () => {
  const { runtime } = connected()
  const build = () => Object(queryBuilder(runtime, { collection: 'notes' }))
  const first = build()
  const stops = [first.subscribe(() => {})]
  // What React does in StrictMode: listen, stop and listen again, with renders between and after.
  for (let i = 0; i < 3; i++) {
    stops.pop()?.()
    stops.push(build().subscribe(() => {}))
    await settle()
    expect([build().subscribe, build().getSnapshot]).toEqual([first.subscribe, first.getSnapshot])
    expect(build().getSnapshot()).toBe(first.getSnapshot())
  }
  expect(runtime.kept).toEqual({ queries: 1, views: 1 })
})
