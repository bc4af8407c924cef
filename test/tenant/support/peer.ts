import { env, exports } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import { encodeUp } from '../../../src/protocol/codec/encode-up.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Edit, Op } from '../../../src/protocol/edit.ts'
import { SEEN_EVERY } from '../../../src/protocol/limits.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { Subscribe } from '../../../src/protocol/up/subscribe.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { BEARER_PREFIX, PROTOCOL_VERSION, SUBPROTOCOL, subprotocolOf } from '../../../src/protocol/version.ts'

type Kind = Down[0]
type FrameOf<Of extends Kind> = Extract<Down, readonly [Of, ...unknown[]]>

/** Milliseconds a peer waits for something that has to come. Only a defect ever waits so long. */
const PATIENCE_MS = 300_000

export type Person = {
  sub: string
  tenant: string
  role?: 'viewer' | 'editor' | 'owner'
  name?: string
  ttlSeconds?: number
  /** Seconds ago that the token was issued. */
  age?: number
  sid?: string
  jti?: string
}

/** A token as the identity provider would sign it. */
export function sign({
  sub,
  tenant,
  role = 'owner',
  ttlSeconds = 3_600,
  age = 0,
  ...more
}: Person): Promise<string> {
  return new SignJWT({ tenant, role, ...more })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuer(env.AUTH_ISSUER)
    .setAudience(env.AUTH_AUDIENCE)
    .setIssuedAt(Math.floor(Date.now() / 1_000) + Math.min(-age, ttlSeconds - 1))
    .setExpirationTime(Math.floor(Date.now() / 1_000) + ttlSeconds)
    .sign(new TextEncoder().encode(env.AUTH_SECRET))
}

/** Opens a socket through the Worker, as a browser would. */
export function upgrade(token: string, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch('https://tidemark.test/sync/connect', {
    headers: {
      Upgrade: 'websocket',
      'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, ${BEARER_PREFIX}${token}`,
      ...headers,
    },
  })
}

/** The other end of a socket: speaks frames, and waits for the ones a test needs. */
export class Peer {
  readonly client: string
  readonly frames: Down[] = []
  /** The frames as they came over the wire. */
  readonly texts: string[] = []
  /** The texts that it sent. */
  readonly said: string[] = []
  closed: { code: number; reason: string } | undefined
  epoch = ''
  cursor = 0
  reads = true
  #characters = 0
  #told = 0
  readonly #socket: WebSocket
  readonly #version: number
  readonly #waiters = new Set<() => void>()
  #taken = 0
  #n = 0
  #subscriptions = 0

  private constructor(socket: WebSocket, client: string, version: number) {
    this.client = client
    this.#version = version
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const decoded = decodeDown(String(data), version)
      this.texts.push(String(data))
      if (!decoded.ok) throw new Error(`the server sent ${String(data)}: ${decoded.error.message}`)
      this.frames.push(withoutMark(decoded.frame))
      this.#read(String(data).length)
      this.#wake()
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
      this.#wake()
    })
    // An object that crashes cuts its sockets without a close frame.
    socket.addEventListener('error', () => {
      this.closed ??= { code: 1006, reason: '' }
      this.#wake()
    })
    socket.accept()
  }

  /** A socket that has not said anything yet. */
  static async open(person: Person, client = newClient(), version = PROTOCOL_VERSION): Promise<Peer> {
    const offered = `${subprotocolOf(version)}, ${BEARER_PREFIX}${await sign(person)}`
    const response = await upgrade('', { 'Sec-WebSocket-Protocol': offered })
    if (!response.webSocket) throw new Error(`no socket: ${response.status}`)
    return new Peer(response.webSocket, client, version)
  }

  /** A greeted peer that holds the cards and prizes live. */
  static async join(person: Person, client = newClient()): Promise<Peer> {
    const peer = await Peer.open(person, client)
    await peer.hello()
    await peer.subscribe('assignees', 'cards', 'prizes')
    return peer
  }

  async hello(unsettled = 1): Promise<FrameOf<'welcome'>> {
    this.send([
      'hello',
      { protocol: this.#version, client: this.client, acknowledged: unsettled - 1, unsettled },
    ])
    const frame = await this.next('welcome')
    this.epoch = frame[1].epoch
    this.#n = frame[1].known
    return frame
  }

  /** Subscribes, and waits for the snapshots. */
  async subscribe(...collections: string[]): Promise<void> {
    for (const collection of collections)
      this.send(['subscribe', { id: this.#subscriptions++, query: { collection } }])
    for (const _ of collections) {
      let page = await this.next('page')
      while (!page[1].last) page = await this.next('page')
      this.cursor = page[1].seq
    }
  }

  /** Subscribes to a query, and waits for its snapshot. Returns its rows as they travel. */
  async follow(id: number, query: Query, more: Partial<Subscribe> = {}): Promise<Value[][]> {
    this.send(['subscribe', { id, query, ...more }])
    return this.snapshot()
  }

  /** The rows of the next snapshot. */
  async snapshot(): Promise<Value[][]> {
    const rows: Value[][] = []
    for (;;) {
      const [, page] = await this.next('page')
      rows.push(...page.rows)
      this.cursor = page.seq
      if (page.last) return rows
    }
  }

  send(frame: Up): void {
    this.sendText(encodeUp(frame, this.#version))
  }

  sendText(text: string): void {
    this.said.push(text)
    this.#socket.send(text)
  }

  /** An edit made now, in sight of everything this peer holds. */
  edit(...ops: Op[]): Edit {
    this.#n += 1
    return { n: this.#n, context: { epoch: this.epoch, seq: this.cursor }, ops }
  }

  /** Pushes edits and returns their verdicts. */
  async push(...edits: Edit[]): Promise<Verdict[]> {
    this.send(['push', 0, edits])
    return (await this.next('receipt'))[1]
  }

  /** The next frame of a kind after those taken so far; earlier frames of other kinds are passed over. */
  async next<Of extends Kind>(kind: Of): Promise<FrameOf<Of>> {
    return this.find(`a ${kind} frame`, (frame): frame is FrameOf<Of> => frame[0] === kind)
  }

  async find<Wanted extends Down>(what: string, matches: (frame: Down) => frame is Wanted): Promise<Wanted> {
    let found: Wanted | undefined
    await this.until(what, () => {
      for (; this.#taken < this.frames.length && !found; this.#taken++) {
        const frame = this.frames[this.#taken]
        if (!frame) continue
        if (frame[0] === 'rows') this.cursor = frame[2]
        if (matches(frame)) found = frame
      }
      return found !== undefined
    })
    if (!found) throw new Error('unreachable: until() returns only when something was found')
    return found
  }

  /** Waits until everything up to `seq` is in Postgres. */
  async committed(seq: number): Promise<void> {
    await this.find(
      `committed up to ${seq}`,
      (frame): frame is FrameOf<'committed'> => frame[0] === 'committed' && frame[1] >= seq,
    )
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    await this.until('a close', () => this.closed !== undefined)
    return this.closed ?? { code: 0, reason: '' }
  }

  close(): void {
    this.#socket.close(1000)
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!holds()) {
      const left = deadline - Date.now()
      if (left <= 0)
        throw new Error(
          `waited for ${what}; got ${JSON.stringify(this.frames.slice(-5))}, closed ${this.closed?.code}`,
        )
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        const wake = () => {
          clearTimeout(timer)
          this.#waiters.delete(wake)
          resolve()
        }
        this.#waiters.add(wake)
      })
    }
  }

  /** Proof that this peer was given what the subscription shows. */
  resumeTokenOf(subscription: number): string {
    const views = this.frames.flatMap((frame) => (frame[0] === 'view' ? [frame[1]] : []))
    return views.findLast((view) => view.subscription === subscription)?.resumeToken ?? ''
  }

  /** Gives the server credit, unless the peer is to be one that reads nothing. */
  #read(characters: number): void {
    this.#characters += characters
    if (!this.reads || this.#characters - this.#told < SEEN_EVERY) return
    this.#told = this.#characters
    this.send(['read-ack', this.#told])
  }

  #wake(): void {
    for (const wake of this.#waiters) wake()
  }
}

/** An interval without the time of its edits, which is another in each run. */
function withoutMark(frame: Down): Down {
  return frame[0] === 'rows' ? [frame[0], frame[1], frame[2], frame[3]] : frame
}

export function newClient(): string {
  return crypto.randomUUID().replaceAll('-', '')
}

let tenants = 0

/** A tenant no other test uses. */
export function newTenant(name: string): string {
  tenants += 1
  return `${name}-${tenants}-${crypto.randomUUID().slice(0, 8)}`
}
