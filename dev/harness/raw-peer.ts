import { encode } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import type { Edit, Op } from '../../src/protocol/edit.ts'
import { SEEN_EVERY } from '../../src/protocol/limits.ts'
import type { Query } from '../../src/protocol/query.ts'
import type { Subscribe } from '../../src/protocol/up/subscribe.ts'
import type { Up } from '../../src/protocol/up/up.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { openRawSocket } from './raw-socket.ts'

type Kind = Down[0]
type FrameOf<Of extends Kind> = Extract<Down, readonly [Of, ...unknown[]]>
type Waiter = { readonly kind: Kind; readonly take: (frame: Down) => void }

/** What a peer connects with. */
export type Access = { readonly url: string; readonly token: string; readonly client: string }

/**
 * One socket that speaks the protocol and does no more than that, so that many of them cost the generator
 * little. Frames are read only while somebody waits for one; the others are counted.
 */
export class RawPeer {
  readonly client: string
  /** Characters received. */
  received = 0
  /** Data frames received. */
  rows = 0
  epoch = ''
  resumeToken = ''
  manifest = ''
  /** Called with each data frame's text. */
  onRows: (text: string) => void = () => {}
  readonly #socket: WebSocket
  readonly #waiters: Waiter[] = []
  #told = 0
  #n = 0

  private constructor(socket: WebSocket, client: string) {
    this.#socket = socket
    this.client = client
    socket.addEventListener('message', ({ data }) => this.#heard(String(data)))
  }

  /** Connects and says hello. With `manifest` the server need not send it again. */
  static async join({ url, token, client }: Access, manifest?: string): Promise<RawPeer> {
    const peer = new RawPeer(await openRawSocket(url, token), client)
    const hello = { protocol: PROTOCOL_VERSION, client, acknowledged: 0, unsettled: 1 }
    const [, welcome] = await peer.ask(['hello', { ...hello, ...(manifest && { manifest }) }], 'welcome')
    peer.epoch = welcome.epoch
    peer.manifest = welcome.manifestHash
    peer.#n = welcome.known
    return peer
  }

  /** Subscribes, and returns the rows of the snapshot. */
  async follow(query: Query, more: Partial<Subscribe> = {}): Promise<unknown[][]> {
    const id = more.id ?? 1
    const [, { resumeToken }] = await this.ask(['subscribe', { id, query, ...more }], 'view')
    this.resumeToken = resumeToken
    const rows: unknown[][] = []
    for (;;) {
      const [, page] = await this.next('page')
      rows.push(...page.rows)
      if (page.last) return rows
    }
  }

  /** Waits until a collection of the tenant is loaded, and follows nothing afterwards. */
  async loaded(collection: string): Promise<void> {
    await this.follow({ collection, limit: 1 }, { id: 0 })
    this.send(['unsubscribe', { id: 0 }])
  }

  /** Pushes edits, each of some operations, and waits for their receipt. */
  async push(...edits: readonly (readonly Op[])[]): Promise<void> {
    const numbered = edits.map((ops): Edit => {
      this.#n += 1
      return { n: this.#n, context: { epoch: this.epoch, seq: 0 }, ops: [...ops] }
    })
    const [, verdicts] = await this.ask(['push', this.#n - numbered.length, numbered], 'receipt')
    const refused = verdicts.find(({ is }) => is !== 'accepted')
    if (refused || verdicts.length < edits.length)
      throw new Error(`not accepted: ${JSON.stringify(verdicts)}`)
  }

  /** Sends a frame and waits for the next one of a kind. */
  ask<Of extends Kind>(frame: Up, kind: Of): Promise<FrameOf<Of>> {
    const answer = this.next(kind)
    this.send(frame)
    return answer
  }

  next<Of extends Kind>(kind: Of): Promise<FrameOf<Of>> {
    const isOf = (frame: Down): frame is FrameOf<Of> => frame[0] === kind
    return new Promise((resolve) => {
      this.#waiters.push({ kind, take: (frame) => isOf(frame) && resolve(frame) })
    })
  }

  send(frame: Up): void {
    this.#socket.send(encode(frame))
  }

  close(): void {
    this.#socket.close()
  }

  #heard(text: string): void {
    this.received += text.length
    if (this.received - this.#told >= SEEN_EVERY) {
      this.#told = this.received
      this.send(['read-ack', this.received])
    }
    const kind = /^\["(\w+)"/.exec(text)?.[1]
    if (kind === 'rows') {
      this.rows += 1
      this.onRows(text)
    }
    const place = this.#waiters.findIndex((waiter) => waiter.kind === kind)
    const [waiter] = place === -1 ? [] : this.#waiters.splice(place, 1)
    if (!waiter) return
    const decoded = decodeDown(text)
    if (!decoded.ok) throw new Error(`the server sent what is no frame: ${decoded.error.message}`)
    waiter.take(decoded.frame)
  }
}
