import { createClient } from '../../client/src/index.ts'
import type { App } from '../../src/app/sync.ts'
import { type Blocking, type BlockingProxy, startBlockingProxy } from '../../test/support/blocking-proxy.ts'
import { type Db, open } from '../../test/support/person.ts'
import { type Stack, startStack } from '../../test/support/stack.ts'
import { until } from '../../test/support/until.ts'
import type { Figure } from './figure.ts'

const ROUNDS = 5
const EDITS = 400
const CUTS = 8
const GOAL_MS = 3_000

/** How soon a client is live where no WebSocket gets through, and what cuts do to it there. */
export const sseFallback: Figure<'liveMs' | 'lost' | 'repeated'> = {
  name: 'sse-fallback',
  about:
    'a client of the real library behind a proxy that refuses WebSockets, or never answers them: worst time until it is live over events; then edits of others while the proxy cuts the stream',
  fields: ['liveMs', 'lost', 'repeated'],
  goal: `liveMs < ${GOAL_MS}, lost = 0 and repeated = 0`,
  async measure(report) {
    await using stack = await startStack()
    await using proxy = await startBlockingProxy(stack.url)
    const times: number[] = []
    for (const blocking of ['refuses', 'is silent'] as const) {
      for (let round = 0; round < ROUNDS; round++) times.push(await timeUntilLive(stack, proxy, blocking))
    }
    report(`live after ${times.map(Math.round).join(', ')} ms`)
    const { lost, repeated } = await countUnderCuts(stack, proxy)
    const liveMs = Math.ceil(Math.max(...times))
    return {
      fields: { liveMs, lost, repeated },
      input: { rounds: times.length, edits: EDITS, cuts: CUTS },
      ok: liveMs < GOAL_MS && lost === 0 && repeated === 0,
    }
  },
}

function connect(stack: Stack, proxy: BlockingProxy): Db {
  return createClient<App>({ url: proxy.url, tenant: 'acme', getToken: () => stack.token('ben') })
}

async function timeUntilLive(stack: Stack, proxy: BlockingProxy, blocking: Blocking): Promise<number> {
  proxy.blocking = blocking
  const begun = performance.now()
  const db = connect(stack, proxy)
  const stop = db.contacts.all().subscribe(() => undefined)
  await until('the client is live', () => db.connection.getSnapshot().state === 'live')
  const time = performance.now() - begun
  stop()
  db.close()
  return time
}

/** Counts what a listener was told of a counter that only rises: a value that never came, or came again. */
async function countUnderCuts(stack: Stack, proxy: BlockingProxy) {
  proxy.blocking = 'refuses'
  const ada = await open(stack, 'ada')
  const db = connect(stack, proxy)
  const counts = new Map<string, number>()
  const stop = db.contacts.all().subscribe(({ changes }) => {
    for (const change of changes) {
      if (change.type === 'insert') counts.set(change.row.id, (counts.get(change.row.id) ?? 0) + 1)
    }
  })
  try {
    await until('the client is live', () => db.connection.getSnapshot().state === 'live')
    for (let n = 0; n < EDITS; n++) {
      if (n % (EDITS / CUTS) === 0) proxy.cut()
      await ada.db.contacts.insert({ id: `n${n}`, name: String(n) }).accepted
    }
    const last = `n${EDITS - 1}`
    await until('the client has the last edit', () => db.contacts.get(last) !== undefined)
    const told = Array.from({ length: EDITS }, (_, n) => counts.get(`n${n}`) ?? 0)
    return {
      lost: told.filter((times) => times === 0).length,
      repeated: told.filter((times) => times > 1).length,
    }
  } finally {
    stop()
    db.close()
    ada.close()
  }
}
