import { encode } from '../../../src/protocol/codec/codec.ts'
import { SUBPROTOCOLS } from '../../../src/protocol/version.ts'
import { type Peer, type TransportGround, transportContract } from '../../../test/contract/transport.ts'
import type { OpenSocket, SocketListener } from '../../src/environment/socket.ts'
import { eventsOpener } from '../../src/transport/events-opener.ts'
import { fallbackOpener } from '../../src/transport/fallback.ts'
import { PONG } from '../../src/transport/ping.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'
import { FakeService } from '../support/fake-service.ts'
import type { FakeSocket } from '../support/fake-socket.ts'
import { SmallServer } from '../support/small-server.ts'

/** Rounds after which nothing is on its way any more. */
const ROUNDS = 200

/** Lets fakes go on, round by round. */
const untilBy =
  (goOn: () => void | Promise<void>): TransportGround['until'] =>
  async (what, isSo) => {
    for (let round = 0; round < ROUNDS; round++) {
      if (await isSo()) return
      await goOn()
    }
    throw new Error(`never: ${what}`)
  }

const ADDRESS = 'wss://x.example/sync/connect'

/** The subprotocols that a client offers, and its token. */
const OFFERED = [...SUBPROTOCOLS, 'bearer.t']

/** Sockets whose other end a test plays, and answers their heartbeats. */
function fakeSockets() {
  const environment = new FakeEnvironment()
  const answered = new Map<FakeSocket, number>()
  const goOn = async () => {
    for (const socket of environment.sockets) {
      const before = answered.get(socket) ?? 0
      answered.set(socket, socket.beats.length)
      for (const _ of socket.beats.slice(before)) socket.sayText(PONG)
    }
    await settle()
  }
  const open: OpenSocket = (url, protocols, listener) => {
    const socket = environment.openSocket(url, protocols, listener)
    const { socket: made } = environment
    queueMicrotask(() => made.open())
    return socket
  }
  const fail: OpenSocket = (url, protocols, listener) => {
    const socket = environment.openSocket(url, protocols, listener)
    const { socket: made } = environment
    queueMicrotask(() => made.cut())
    return socket
  }
  const peer = (): Peer => {
    const { socket } = environment
    return {
      heard: () => socket.frames.map(encode),
      isOpen: () => socket.isOpen,
      say: (text) => socket.sayText(text),
      close: (code) => socket.cut(code),
      cut: () => socket.cut(),
    }
  }
  return { environment, open, fail, peer, goOn }
}

transportContract('the socket that a test plays', () => {
  const { open, fail, peer, goOn } = fakeSockets()
  return {
    connect: (listener) => ({ socket: open(ADDRESS, SUBPROTOCOLS, listener), peer: peer() }),
    connectNowhere: (listener) => fail(ADDRESS, SUBPROTOCOLS, listener),
    until: untilBy(goOn),
  }
})

transportContract('whichever of two such opens first', () => {
  const { environment, open, fail, peer, goOn } = fakeSockets()
  const clock = { now: environment.now, setTimer: environment.setTimer }
  const opener = fallbackOpener({ webSocket: open, events: open, ...clock })
  const failing = fallbackOpener({ webSocket: fail, events: fail, ...clock })
  return {
    connect: (listener) => ({ socket: opener(ADDRESS, SUBPROTOCOLS, listener), peer: peer() }),
    connectNowhere: (listener) => failing(ADDRESS, SUBPROTOCOLS, listener),
    until: untilBy(goOn),
  }
})

transportContract('a wire to the small server', () => {
  const server = new SmallServer()
  const heard = new Map<unknown, string[]>()
  const goOn = async () => {
    for (const wire of server.wires) {
      heard.set(wire, [...(heard.get(wire) ?? []), ...wire.up.splice(0)])
      while (wire.deliver());
    }
    await settle()
  }
  const connect = (listener: SocketListener) => {
    const wire = server.connect(listener)
    const peer: Peer = {
      heard: () => heard.get(wire) ?? [],
      isOpen: () => !wire.over,
      say: (text) => void wire.down.push(text),
      close: async (code) => {
        await goOn()
        wire.cut(code)
      },
      cut: () => wire.cut(),
    }
    return { socket: wire, peer }
  }
  return {
    connect(listener) {
      const made = connect(listener)
      queueMicrotask(() => made.socket.open())
      return made
    },
    connectNowhere(listener) {
      const { socket } = connect(listener)
      queueMicrotask(() => socket.cut())
      return socket
    },
    until: untilBy(goOn),
  }
})

transportContract('a stream of events whose service a test plays', () => {
  const { now, setTimer } = new FakeEnvironment()
  const services: FakeService[] = []
  const goOn = async () => {
    for (const { requests } of services) for (const request of requests) request.answer(204)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return {
    connect(listener) {
      const service = new FakeService()
      services.push(service)
      const socket = eventsOpener({ now, setTimer, fetch: service.fetch })(ADDRESS, OFFERED, listener)
      queueMicrotask(() => service.write('event: session\ndata: s1\n\n'))
      let isClosed = false
      const peer: Peer = {
        heard: () =>
          service.requests.flatMap(({ method, body }) => (method === 'POST' ? body.split('\n') : [])),
        isOpen: () => !isClosed && !service.left,
        say: (text) => service.write(`data: ${text}\n\n`),
        close: (code) => {
          isClosed = true
          service.write(`event: close\ndata: {"code":${code},"reason":""}\n\n`)
        },
        cut: () => service.end(),
      }
      return { socket, peer }
    },
    connectNowhere(listener) {
      const nobody: typeof fetch = () => Promise.reject(new TypeError('fetch failed'))
      return eventsOpener({ now, setTimer, fetch: nobody })(ADDRESS, OFFERED, listener)
    },
    until: untilBy(goOn),
  }
})
