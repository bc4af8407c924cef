import { intervalChanges } from '../../../src/core/query/changes.ts'
import { viewDelta } from '../../../src/core/query/delta.ts'
import { type View, valuesOf } from '../../../src/core/query/view.ts'
import { decodeUp, encode } from '../../../src/protocol/codec/codec.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import type { Subscribe } from '../../../src/protocol/up/subscribe.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { PROTOCOL_VERSION, SUBPROTOCOL } from '../../../src/protocol/version.ts'
import { board, cards } from '../../../test/fixtures/board.ts'
import { MemoryTenant, takenProposal } from '../../../test/support/memory-tenant.ts'
import type { Socket, SocketListener } from '../../src/environment/socket.ts'
import { PING, PONG } from '../../src/transport/ping.ts'

/** All cards, which is all that this server serves. */
const all: View = {
  collection: cards,
  filter: EVERYTHING,
  orderBy: [],
  limit: undefined,
  columns: cards.columns.map(({ name }) => name),
}

/** A connection with what is on its way in both directions; frames arrive when the test lets them. */
export class Wire implements Socket {
  readonly up: string[] = []
  readonly down: string[] = []
  over = false
  client = ''
  cursor: number | undefined
  views = new Set<number>()
  readonly #listener: SocketListener
  #isOpen = false

  constructor(listener: SocketListener) {
    this.#listener = listener
  }

  /** The server lets it in, unless it has been given up. */
  open(): void {
    if (this.over) return
    this.#isOpen = true
    this.#listener.opened(SUBPROTOCOL)
  }

  send(text: string): void {
    if (this.over || !this.#isOpen) return
    // Answered by what is between, and not by the server.
    if (text === PING) this.down.push(PONG)
    else this.up.push(text)
  }

  close(): void {
    this.over = true
  }

  tell(...frames: Down[]): void {
    if (!this.over) this.down.push(...frames.map(encode))
  }

  /** The next text arrives at the client. Returns whether one has. */
  deliver(): boolean {
    const text = this.over ? undefined : this.down.shift()
    if (text === undefined) return false
    this.#listener.received(text)
    return true
  }

  /** Everything on its way is lost. */
  cut(code = 1006): void {
    if (this.over) return
    this.over = true
    this.#listener.closed(code)
  }
}

/** A server for one collection without clock or storage: the core's decisions and the protocol's order of frames. */
export class SmallServer {
  readonly tenant = new MemoryTenant(board)
  readonly wires = new Set<Wire>()
  committed = 0

  connect(listener: SocketListener): Wire {
    const wire = new Wire(listener)
    this.wires.add(wire)
    return wire
  }

  /** Takes the next frame a client sent. */
  take(wire: Wire): void {
    const text = wire.up.shift()
    if (text === undefined || wire.over) return
    const decoded = decodeUp(text)
    if (!decoded.ok) throw new Error(decoded.error.message)
    this.#handle(wire, decoded.frame)
  }

  /** Postgres has the edits that it is to have first, and everything up to `seq`. */
  commit(seq: number): void {
    for (const client of [...this.tenant.proposals.keys()]) this.#takeProposal(client)
    this.committed = Math.max(this.committed, seq)
    for (const wire of this.wires) if (wire.client !== '') wire.tell(['committed', this.committed])
  }

  #takeProposal(client: string): void {
    const { tenant } = this
    tenant.takeExternal([takenProposal(tenant.question(client), tenant.head)], tenant.head)
    const verdict = tenant.verdicts.at(-1)
    const author = [...this.wires].find((wire) => wire.client === client && !wire.over)
    if (verdict) author?.tell(['receipt', [verdict]])
    this.#publish(author)
  }

  #handle(wire: Wire, frame: Up): void {
    const { tenant } = this
    switch (frame[0]) {
      case 'hello':
        wire.client = frame[1].client
        wire.tell([
          'welcome',
          {
            protocol: PROTOCOL_VERSION,
            session: 's',
            owner: 'ann',
            epoch: tenant.epoch,
            seq: tenant.head,
            committed: this.committed,
            known: tenant.clientState(wire.client)?.last ?? 0,
            reverts: [],
            manifestHash: board.manifest.hash,
            ...(frame[1].manifest === undefined && { manifest: board.manifest }),
            expiresAt: 0,
          },
        ])
        break
      case 'push': {
        const verdicts = tenant.push(wire.client, frame[2], { acknowledged: frame[1] })
        if (verdicts.length > 0) wire.tell(['receipt', verdicts])
        this.#publish(wire)
        break
      }
      case 'subscribe':
        this.#answer(wire, frame[1])
        break
      case 'unsubscribe':
        wire.views.clear()
        break
      case 'auth':
      case 'read-ack':
      case 'watch':
      case 'unwatch':
        break
    }
  }

  #publish(author: Wire | undefined): void {
    for (const wire of this.wires) {
      if (wire.cursor === undefined || wire.over) continue
      const changed = this.#changed(wire.cursor)
      if (wire === author || (changed && wire.views.size > 0)) this.#send(wire, wire.cursor)
    }
  }

  #send(wire: Wire, from: number): void {
    const changed = this.#changed(from)
    wire.tell(['rows', from, this.tenant.head, changed && wire.views.size > 0 ? [changed] : []])
    wire.cursor = this.tenant.head
  }

  #changed(from: number) {
    const { tenant } = this
    const nets = intervalChanges(tenant.log.slice(from), (collection, id) => tenant.row(collection, id))
    return viewDelta(all, 0, nets.get('cards'), () => [])
  }

  #answer(wire: Wire, { id, resume }: Subscribe): void {
    const columns = [...all.columns]
    wire.tell([
      'view',
      { subscription: id, view: 0, columns, resumeToken: 's', ...(resume && { resumed: true }) },
    ])
    wire.views.add(0)
    if (resume) {
      this.#send(wire, resume.seq)
      return
    }
    if (wire.cursor !== undefined && wire.cursor < this.tenant.head) this.#send(wire, wire.cursor)
    wire.cursor = this.tenant.head
    const rows = this.rows().map((row) => valuesOf(all, row))
    const middle = Math.floor(rows.length / 2)
    const page = { view: 0, seq: this.tenant.head, total: rows.length }
    wire.tell(
      ['page', { ...page, rows: rows.slice(0, middle), last: false }],
      ['page', { ...page, rows: rows.slice(middle), last: true }],
    )
  }

  /** The living rows, in the order of their ids. */
  rows() {
    const ids = new Set(this.tenant.log.flatMap(({ changes }) => changes.map(({ id }) => id)))
    return [...ids].sort().flatMap((id) => {
      const row = this.tenant.row('cards', id)
      return row ? [row] : []
    })
  }
}
