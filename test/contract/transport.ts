import { describe, expect, it } from 'vitest'
import type { Socket, SocketListener } from '../../client/src/environment/socket.ts'
import { PING, PONG } from '../../client/src/transport/ping.ts'
import { encode } from '../../src/protocol/codec/codec.ts'

type Maybe<Value> = Value | Promise<Value>

/** The service's end of one connection. */
export type Peer = {
  /** Texts that came from the client so far, without its heartbeats. */
  heard(): Maybe<readonly string[]>
  /** Whether there is a connection, as far as the service knows. */
  isOpen(): Maybe<boolean>
  say(text: string): Maybe<void>
  close(code: number, reason: string): Maybe<void>
  /** The line breaks, and neither side has closed it. */
  cut(): Maybe<void>
}

/** A transport, and the service behind it. */
export type TransportGround = {
  /** Opens a connection that is let in. */
  connect(listener: SocketListener): { readonly socket: Socket; readonly peer: Peer }
  /** Opens one to where nobody answers. */
  connectNowhere(listener: SocketListener): Socket
  /** Lets what is on its way arrive until something is so. */
  until(what: string, isSo: () => Maybe<boolean>): Promise<void>
}

/** A frame of the client with a number in it. */
const up = (place: number) => encode(['read-ack', place])

/** A frame of the service with a number in it. */
const down = (place: number) => encode(['committed', place])

/** Longer than one packet, and with characters of one to four bytes. */
const LONG = `naïve 🌊 € ${'x'.repeat(60_000)}`

const longUp = encode([
  'push',
  0,
  [
    {
      n: 1,
      context: { epoch: 'e', seq: 0 },
      ops: ['i', 'j'].map((id) => ({ op: 'insert' as const, collection: 'c', id, values: { v: LONG } })),
    },
  ],
])

const longDown = encode(['error', { code: 'busy', message: LONG, retryable: true }])

/** A connection and what its listener hears. */
class Line {
  readonly heard: string[] = []
  readonly socket: Socket
  readonly peer: Peer
  readonly #ground: TransportGround

  constructor(ground: TransportGround) {
    this.#ground = ground
    const { socket, peer } = ground.connect(listenerOf(this.heard))
    this.socket = socket
    this.peer = peer
  }

  static async opened(ground: TransportGround): Promise<Line> {
    const line = new Line(ground)
    await line.hears('opened')
    return line
  }

  hears(last: string): Promise<void> {
    return this.#ground.until(`the client hears "${last.slice(0, 40)}"`, () => this.heard.includes(last))
  }

  reaches(count: number): Promise<void> {
    const isSo = async () => (await this.peer.heard()).length >= count
    return this.#ground.until(`the service hears ${count} frames`, isSo)
  }

  isLetGo(): Promise<void> {
    return this.#ground.until(
      'the service has no connection any more',
      async () => !(await this.peer.isOpen()),
    )
  }
}

function listenerOf(heard: string[]): SocketListener {
  return {
    opened: () => void heard.push('opened'),
    received: (text) => void heard.push(text),
    closed: (code) => void heard.push(`closed ${code}`),
  }
}

/** Another connection comes, is used and goes: by then whatever was on its way at the beginning has arrived. */
async function another(ground: TransportGround): Promise<void> {
  const line = await Line.opened(ground)
  line.socket.send(up(1))
  await line.reaches(1)
  await line.peer.say(down(1))
  await line.hears(down(1))
  line.socket.close()
  await line.isLetGo()
}

/**
 * What an opener of sockets promises, whatever carries it.
 *
 * @param ground made once for each test
 */
export function transportContract(name: string, ground: () => Maybe<TransportGround>): void {
  describe(`a transport: ${name}`, () => {
    it('CTR-20 opens once, and carries texts both ways, each once and in order', async () => {
      const line = await Line.opened(await ground())
      const places = Array.from({ length: 20 }, (_, i) => i + 1)
      for (const place of places) {
        line.socket.send(up(place))
        await line.peer.say(down(place))
      }
      await line.hears(down(places.length))
      await line.reaches(places.length)
      expect(line.heard).toEqual(['opened', ...places.map(down)])
      expect(await line.peer.heard()).toEqual(places.map(up))
    })

    it('CTR-21 carries long texts whole, in their order among short ones, whatever they are written in', async () => {
      const line = await Line.opened(await ground())
      for (const text of [up(1), longUp, up(2)]) line.socket.send(text)
      for (const text of [down(1), longDown, down(2)]) await line.peer.say(text)
      await line.hears(down(2))
      await line.reaches(3)
      expect(line.heard).toEqual(['opened', down(1), longDown, down(2)])
      expect(await line.peer.heard()).toEqual([up(1), longUp, up(2)])
    })

    it('CTR-22 tells a close by the service once, with its code, after what was said before it', async () => {
      const made = await ground()
      const line = await Line.opened(made)
      await line.peer.say(down(1))
      await line.peer.close(4409, 'replaced')
      await line.hears('closed 4409')
      line.socket.send(up(1))
      line.socket.close()
      await another(made)
      expect(line.heard).toEqual(['opened', down(1), 'closed 4409'])
      expect(await line.peer.heard()).toEqual([])
      await line.isLetGo()
    })

    it('CTR-23 once it is closed here the service lets go of it, and nothing is heard or sent any more', async () => {
      const made = await ground()
      const line = await Line.opened(made)
      line.socket.send(up(1))
      await line.reaches(1)
      line.socket.close()
      line.socket.send(up(2))
      line.socket.close()
      await line.isLetGo()
      await another(made)
      expect(line.heard).toEqual(['opened'])
      expect(await line.peer.heard()).toEqual([up(1)])
    })

    it('CTR-24 closed before it has opened, it never opens, and the service holds nothing', async () => {
      const made = await ground()
      const line = new Line(made)
      line.socket.close()
      await another(made)
      await line.isLetGo()
      expect(line.heard).toEqual([])
    })

    it('CTR-25 sends nothing later that was to be sent before it was open', async () => {
      const line = new Line(await ground())
      line.socket.send(up(1))
      await line.hears('opened')
      line.socket.send(up(2))
      await line.reaches(1)
      expect(await line.peer.heard()).toEqual([up(2)])
    })

    it('CTR-26 an opening that fails is told once, as 1006', async () => {
      const made = await ground()
      const heard: string[] = []
      const socket = made.connectNowhere(listenerOf(heard))
      await made.until('the client is told', () => heard.length > 0)
      socket.send(up(1))
      socket.close()
      await another(made)
      expect(heard).toEqual(['closed 1006'])
    })

    it('CTR-27 a line that breaks is told once, as 1006, and nothing is heard after it', async () => {
      const made = await ground()
      const line = await Line.opened(made)
      await line.peer.say(down(1))
      await line.hears(down(1))
      await line.peer.cut()
      await line.hears('closed 1006')
      line.socket.send(up(1))
      line.socket.close()
      await another(made)
      expect(line.heard).toEqual(['opened', down(1), 'closed 1006'])
    })

    it('CTR-28 a heartbeat is answered, and is no frame to the service', async () => {
      const line = await Line.opened(await ground())
      line.socket.send(PING)
      await line.hears(PONG)
      line.socket.send(up(1))
      await line.reaches(1)
      expect(await line.peer.heard()).toEqual([up(1)])
    })

    it('CTR-29 connections at the same time hear nothing of each other', async () => {
      const made = await ground()
      const lines = [await Line.opened(made), await Line.opened(made)]
      for (const [place, { socket, peer }] of lines.entries()) {
        socket.send(up(place))
        await peer.say(down(place))
      }
      for (const [place, line] of lines.entries()) {
        await line.reaches(1)
        await line.hears(down(place))
        expect(line.heard).toEqual(['opened', down(place)])
        expect(await line.peer.heard()).toEqual([up(place)])
      }
      const [first, second] = lines
      first?.socket.close()
      await first?.isLetGo()
      await second?.peer.say(down(7))
      await second?.hears(down(7))
    })
  })
}
