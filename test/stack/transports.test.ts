import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { OpenSocket, Socket } from '../../client/src/environment/socket.ts'
import { eventsOpener } from '../../client/src/transport/events-opener.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'
import { until } from '../../dev/harness/until.ts'
import { encode } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import { MAX_CLIENTS_PER_SUBJECT } from '../../src/protocol/limits.ts'
import type { Up } from '../../src/protocol/up/up.ts'
import { BEARER_PREFIX, PROTOCOL_VERSION, SUBPROTOCOL } from '../../src/protocol/version.ts'
import { type Stack, startStack } from '../support/stack.ts'

const PUSHES = 60

const webSocketOpener = partysocketOpener()
const { now, setTimer } = hostEnvironment(() => webSocketOpener)

const TRANSPORTS: readonly (readonly [string, OpenSocket])[] = [
  ['a WebSocket', webSocketOpener],
  ['a stream of events', eventsOpener({ now, setTimer, fetch: (...request) => fetch(...request) })],
]

let stack: Stack
let clients = 0

beforeAll(async () => {
  stack = await startStack()
})

afterAll(() => stack.stop())

/** What a transport tells its user. */
class Line {
  readonly socket: Socket
  /** `opened`, `closed` with its code, the kinds of frames, and texts that are none. */
  readonly heard: string[] = []
  /** Signs of life so far: a stream gives them unasked, too. */
  pongs = 0
  readonly frames: Down[] = []

  constructor(open: OpenSocket, token: string) {
    const address = `${stack.url.replace(/^http/, 'ws')}/sync/connect`
    this.socket = open(address, [SUBPROTOCOL, BEARER_PREFIX + token], {
      opened: () => this.heard.push('opened'),
      received: (text) => this.#received(text),
      closed: (code) => this.heard.push(`closed ${code}`),
    })
  }

  /** Opens one and says hello; resolves when it is welcome. */
  static async greeted(open: OpenSocket, token: string, client = newClient()): Promise<Line> {
    const line = new Line(open, token)
    await line.hears('opened')
    line.say(['hello', { protocol: PROTOCOL_VERSION, client, acknowledged: 0, unsettled: 1 }])
    await line.hears('welcome')
    return line
  }

  say(frame: Up): void {
    this.socket.send(encode(frame))
  }

  hears(what: string): Promise<true> {
    return until(`hearing ${what}`, () => this.heard.includes(what))
  }

  /** Answers a heartbeat. */
  lives(): Promise<true> {
    const { pongs } = this
    this.socket.send('ping')
    return until('a sign of life', () => this.pongs > pongs)
  }

  #received(text: string): void {
    if (text === 'pong') {
      this.pongs += 1
      return
    }
    const decoded = decodeDown(text)
    this.heard.push(decoded.ok ? decoded.frame[0] : text)
    if (decoded.ok) this.frames.push(decoded.frame)
  }
}

function newClient(): string {
  clients += 1
  return `transport-${clients}`
}

/** Somebody in a tenant of their own. */
const somebody = () => stack.pass(`transports-${clients}`, newClient())

describe.each(TRANSPORTS)('%s', (_, open) => {
  it('CON-16 opens, brings frames both ways in their order, and answers a heartbeat', async () => {
    const line = await Line.greeted(open, await somebody())
    const [welcome] = line.frames
    if (welcome?.[0] !== 'welcome') throw new Error('the first frame is the welcome')
    const { epoch, seq } = welcome[1]
    // Edits are taken once the tenant is loaded.
    line.say(['subscribe', { id: 1, query: { collection: 'assignees' } }])
    await line.hears('page')
    for (let n = 1; n <= PUSHES; n++) {
      const insert = {
        op: 'insert',
        collection: 'assignees',
        id: `a${n}`,
        values: { name: String(n) },
      } as const
      line.say(['push', 0, [{ n, context: { epoch, seq }, ops: [insert] }]])
    }
    const verdicts = () => line.frames.flatMap((frame) => (frame[0] === 'receipt' ? frame[1] : []))
    await until('all receipts', () => verdicts().length === PUSHES)
    expect(verdicts().map((verdict) => [verdict.is, verdict.n])).toEqual(
      Array.from({ length: PUSHES }, (_, i) => ['accepted', i + 1]),
    )
    await line.lives()
    line.socket.close()
  })

  it('CON-16 tells once with which code the server has ended it, after what the server said of it', async () => {
    const token = await somebody()
    const client = newClient()
    const line = await Line.greeted(open, token, client)
    const successor = await Line.greeted(open, token, client)
    await line.hears('closed 4409')
    line.say(['unsubscribe', { id: 1 }])
    successor.say(['unsubscribe', { id: 1 }])
    await successor.lives()
    expect(line.heard).toEqual(['opened', 'welcome', 'error', 'closed 4409'])
    expect(successor.heard).toEqual(['opened', 'welcome'])
    successor.socket.close()
  })

  it('CON-16 tells that a token is not believed', async () => {
    const line = new Line(open, 'none')
    await line.hears('closed 4401')
    expect(line.heard.filter((what) => what.startsWith('closed'))).toHaveLength(1)
  })

  it('CON-16 says nothing more once it is closed here, and leaves its place to others', async () => {
    const token = await somebody()
    const lines: Line[] = []
    for (let i = 0; i < MAX_CLIENTS_PER_SUBJECT; i++) lines.push(await Line.greeted(open, token))
    lines[0]?.socket.close()
    const heard = [...(lines[0]?.heard ?? [])]
    const another = await until('there is room again', async () => {
      const line = new Line(open, token)
      await line.hears('opened')
      line.say(['hello', { protocol: PROTOCOL_VERSION, client: newClient(), acknowledged: 0, unsettled: 1 }])
      await until('an answer', () => line.heard.length > 1)
      return line.heard[1] === 'welcome' && line
    })
    // A sign of life may have come before, where opening so many takes long.
    expect(heard.filter((what) => what !== 'pong')).toEqual(['opened', 'welcome'])
    expect(lines[0]?.heard).toEqual(heard)
    for (const { socket } of [...lines, another]) socket.close()
  })

  it('CON-16 tells once that it was cut', async () => {
    const line = await Line.greeted(open, await somebody())
    await stack.killWorker()
    await until('the end', () => line.heard.some((what) => what.startsWith('closed')))
    line.say(['unsubscribe', { id: 1 }])
    // The code is that of whatever stands between, and no code of ours.
    expect(line.heard).toEqual(['opened', 'welcome', expect.stringMatching(/^closed 1\d{3}$/)])
  })
})
