import { expect, it } from 'vitest'
import type { OpenSocket } from '../../src/environment/socket.ts'
import {
  fallbackOpener,
  HEAD_START_MS,
  LONG_HEAD_START_MS,
  WEBSOCKET_RETRY_MS,
} from '../../src/transport/fallback.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { FakeSocket } from '../support/fake-socket.ts'

/** A network on which the test decides what opens. */
class Network {
  readonly environment = new FakeEnvironment()
  readonly opened: string[] = []
  readonly heard: string[] = []
  subprotocol: string | undefined
  readonly webSockets: FakeSocket[] = []
  readonly streams: FakeSocket[] = []
  readonly #open: OpenSocket

  constructor() {
    const kept =
      (name: string, list: FakeSocket[]): OpenSocket =>
      (url, protocols, listener) => {
        const socket = new FakeSocket(url, protocols, listener)
        list.push(socket)
        this.opened.push(name)
        return socket
      }
    this.#open = fallbackOpener({
      webSocket: kept('webSocket', this.webSockets),
      events: kept('events', this.streams),
      now: this.environment.now,
      setTimer: this.environment.setTimer,
    })
  }

  open() {
    return this.#open('wss://x/sync/connect', ['a'], {
      opened: (subprotocol) => {
        this.subprotocol = subprotocol
        this.heard.push('opened')
      },
      received: (text) => this.heard.push(text),
      closed: (code) => this.heard.push(`closed ${code}`),
    })
  }
}

it('SSE-6 where a WebSocket opens, nothing else is tried, and no timer is left', async () => {
  const network = new Network()
  const socket = network.open()
  network.webSockets[0]?.open()
  network.webSockets[0]?.sayText('hello')
  await network.environment.pass(HEAD_START_MS)
  expect([network.opened, network.heard]).toEqual([['webSocket'], ['opened', 'hello']])
  socket.close()
  expect(network.environment.timers).toBe(0)
})

it('SSE-7 a WebSocket that is refused, or does not open in time, gives way to a stream of events', async () => {
  const refused = new Network()
  refused.open()
  refused.webSockets[0]?.cut()
  refused.streams[0]?.open()
  expect(refused.heard).toEqual(['opened'])

  const silent = new Network()
  silent.open()
  await silent.environment.pass(HEAD_START_MS)
  silent.streams[0]?.open()
  silent.webSockets[0]?.sayText('late')
  expect([silent.heard, silent.webSockets[0]?.closedByClient]).toEqual([['opened'], true])
})

it('SSE-7 the one that opens first is used, also after the head start', async () => {
  const network = new Network()
  network.open()
  await network.environment.pass(HEAD_START_MS)
  network.webSockets[0]?.open()
  expect([network.heard, network.streams[0]?.closedByClient]).toEqual([['opened'], true])
})

it('SSE-8 what was blocked is not tried first for a while; then it is, and the connection comes back over it', async () => {
  const network = new Network()
  network.open()
  network.webSockets[0]?.cut()
  network.streams[0]?.open()
  network.streams[0]?.cut()
  network.open()
  network.streams[1]?.open()
  expect(network.opened).toEqual(['webSocket', 'events', 'events'])
  await network.environment.pass(WEBSOCKET_RETRY_MS)
  network.webSockets[1]?.cut()
  await network.environment.pass(WEBSOCKET_RETRY_MS)
  network.webSockets[2]?.open()
  expect(network.heard.at(-1)).toBe('closed 1012')
  network.open()
  expect(network.opened.at(-1)).toBe('webSocket')
})

it('SSE-9 where neither opens, the end is told once, with what the server answered', () => {
  const network = new Network()
  network.open()
  network.webSockets[0]?.cut()
  network.streams[0]?.cut(4401)
  expect([network.heard, network.environment.timers]).toEqual([['closed 4401'], 0])
})

it('SSE-10 where a WebSocket has worked, a server that is down is asked for one twice before events are tried', async () => {
  const network = new Network()
  network.open()
  network.webSockets[0]?.open()
  network.webSockets[0]?.cut()
  network.open()
  await network.environment.pass(LONG_HEAD_START_MS)
  network.webSockets[1]?.cut()
  network.open().close()
  expect(network.opened).toEqual(['webSocket', 'webSocket', 'webSocket'])
  network.open()
  network.webSockets[3]?.cut()
  network.streams[0]?.open()
  expect(network.heard).toEqual(['opened', 'closed 1006', 'closed 1006', 'opened'])
})

it('SSE-10 and one that is slow to let everybody in is given longer', async () => {
  const network = new Network()
  for (const _ of [1, 2, 3]) {
    network.open()
    network.webSockets.at(-1)?.open()
    network.webSockets.at(-1)?.cut()
    network.open().close()
    network.open().close()
  }
  network.open()
  await network.environment.pass(LONG_HEAD_START_MS - 1)
  expect(network.streams).toEqual([])
  await network.environment.pass(1)
  network.streams[0]?.open()
  expect(network.heard.at(-1)).toBe('opened')
})

it('PRO-23 what opens tells which version was chosen', async () => {
  const direct = new Network()
  direct.open()
  direct.webSockets[0]?.open(6)
  expect(direct.subprotocol).toBe('tidemark.v6')
  const blocked = new Network()
  blocked.open()
  await blocked.environment.pass(HEAD_START_MS)
  blocked.streams[0]?.open(6)
  expect(blocked.subprotocol).toBe('tidemark.v6')
})
