import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../client/src/index.ts'
import { presence } from '../../client/src/presence.ts'
import { startBlockingProxy } from '../../dev/harness/blocking-proxy.ts'
import { startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import type { App } from '../fixtures/board/sync.ts'
import { type Stack, startStack } from '../support/stack.ts'

/** Signs of life are due every five seconds: this many are missed by whoever is taken for gone by mistake. */
const LONG_MS = 25_000

let stack: Stack

beforeAll(async () => {
  stack = await startStack()
})

afterAll(() => stack.stop())

/** Somebody at the card of that id, who follows it. */
function present(url: string, name: 'ada' | 'ben', id: string) {
  const card = { collection: 'assignees', id } as const
  const db = createClient<App>({
    url,
    tenant: 'acme',
    getToken: () => stack.token(name),
    parts: [presence()],
  })
  const seen: string[] = []
  const peers = db.presence.of(card)
  peers.subscribe((all) => seen.push(all.map(({ subject }) => subject).join()))
  db.presence.enter(card)
  return { db, seen, shows: () => peers.getSnapshot().map(({ subject }) => subject) }
}

// At once, each at a card of its own: both wait most of the time.
it.concurrent.each([
  ['a WebSocket', 'a1'],
  ['a stream of events', 'a2'],
])(
  'PRS-10 over %s somebody stays while the link lives, and is gone when it falls silent',
  async (transport, id) => {
    await using silent = await startFaultyProxy(stack.url)
    await using blocking = await startBlockingProxy(silent.url)
    const ada = present(stack.url, 'ada', id)
    await until('Ada is live', () => ada.db.connection.getSnapshot().state === 'live')
    await ada.db.assignees.insert({ id, name: 'Anna' }).accepted
    const ben = present(transport === 'a WebSocket' ? silent.url : blocking.url, 'ben', id)
    try {
      await until('each sees the other', () => ada.shows().join() === 'ben' && ben.shows().join() === 'ada')
      const before = ada.seen.length
      await new Promise((resolve) => setTimeout(resolve, LONG_MS))
      const flickered = ada.seen.length - before

      silent.fallSilent()
      const cutAt = Date.now()
      await until('Ben is gone', () => ada.shows().length === 0)
      // A machine that is held up for seconds may miss signs of life; that none is missed is shown with other clocks.
      console.log(JSON.stringify({ transport, goneAfterMs: Date.now() - cutAt, flickered }))
      await until('Ben knows of nobody', () => ben.shows().length === 0)
      expect(ada.db.connection.getSnapshot().state).toBe('live')
    } finally {
      ada.db.close()
      ben.db.close()
    }
  },
)
