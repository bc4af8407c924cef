import * as v from 'valibot'
import { afterAll, beforeAll } from 'vitest'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { OpenSocket } from '../../client/src/environment/socket.ts'
import { eventsOpener } from '../../client/src/transport/events-opener.ts'
import { fallbackOpener } from '../../client/src/transport/fallback.ts'
import { laterOpener } from '../../client/src/transport/later-opener.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'
import { buildWorker } from '../../dev/build-worker.ts'
import { freePort } from '../../dev/free-port.ts'
import { signPerson } from '../../dev/harness/tokens.ts'
import { until } from '../../dev/harness/until.ts'
import { type LocalWorker, startWorker } from '../../dev/worker.ts'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../src/protocol/version.ts'
import { type Peer, type TransportGround, transportContract } from '../contract/transport.ts'

const SECRET = 'a secret that only tests know, 32 bytes or more'

let worker: LocalWorker
/** Where nobody listens. */
let nowhere = ''
let tenants = 0

beforeAll(async () => {
  const script = await buildWorker({ entry: 'test/contract/peer/worker.ts' })
  worker = await startWorker({
    script,
    vars: { AUTH_SECRET: SECRET, DATABASE_URL: 'postgres://nowhere.invalid/' },
  })
  nowhere = `http://127.0.0.1:${await freePort()}`
})

afterAll(() => worker.stop())

const webSocket = partysocketOpener()
const { now, setTimer } = hostEnvironment(() => webSocket)
const events = eventsOpener({ now, setTimer, fetch: (...request) => fetch(...request) })

/** A network that lets no WebSocket through. */
const blocked: OpenSocket = (_, protocols, listener) =>
  webSocket(`${toSocket(nowhere)}/`, protocols, listener)

const toSocket = (url: string) => url.replace(/^http/, 'ws')

const stateSchema = v.object({ heard: v.array(v.string()), isOpen: v.boolean() })

/** The service's end: an object that does what it is told. */
function peerOf(tenant: string): Peer {
  const ask = async (what: string, body?: string) => {
    const response = await fetch(`${worker.url}/dev/peer/${tenant}/${what}`, {
      method: 'POST',
      body: body ?? '',
    })
    return v.parse(stateSchema, await response.json())
  }
  return {
    heard: async () => (await ask('state')).heard,
    isOpen: async () => (await ask('state')).isOpen,
    say: async (text) => void (await ask('say', text)),
    close: async (code, reason) => void (await ask(`close?code=${code}&reason=${reason}`)),
    // The object ends in the middle of it, so this is answered with an error.
    cut: async () => void (await fetch(`${worker.url}/dev/peer/${tenant}/cut`, { method: 'POST' })),
  }
}

/** A transport to the Worker, each connection in a tenant of its own. */
async function groundOf(open: OpenSocket): Promise<TransportGround> {
  // Signed beforehand: an opener takes its token at once.
  const ready = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const tenant = `peer-${++tenants}`
      return { tenant, token: await signPerson(SECRET, tenant, 'ada') }
    }),
  )
  const protocolsOf = (token: string) => [SUBPROTOCOL, BEARER_PREFIX + token]
  return {
    connect(listener) {
      const next = ready.pop()
      if (!next) throw new Error('a test opens fewer connections')
      const socket = open(`${toSocket(worker.url)}/sync/connect`, protocolsOf(next.token), listener)
      return { socket, peer: peerOf(next.tenant) }
    },
    connectNowhere: (listener) => open(`${toSocket(nowhere)}/sync/connect`, protocolsOf('none'), listener),
    until: async (what, isSo) => void (await until(what, isSo)),
  }
}

transportContract('a WebSocket to the Worker', () => groundOf(webSocket))
transportContract('a stream of events from the Worker', () => groundOf(events))
transportContract('a stream of events that is loaded when it is needed', () =>
  groundOf(laterOpener(() => Promise.resolve(events))),
)
transportContract('whichever opens first', () =>
  groundOf(fallbackOpener({ webSocket, events, now, setTimer })),
)
transportContract('whichever opens first where no WebSocket gets through', () =>
  groundOf(fallbackOpener({ webSocket: blocked, events, now, setTimer })),
)
