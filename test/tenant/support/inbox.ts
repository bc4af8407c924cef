import { NOTIFICATION_STATES, NOTIFICATIONS } from '../../../src/core/app/built-in.ts'
import { stateId } from '../../../src/core/app/notification-state.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { Peer, type Person } from './peer.ts'

/** A device of somebody that follows one of the engine's own collections, and holds what it was told of that. */
export class Follower {
  readonly peer: Peer
  readonly rows = new Map<string, Row>()
  /** Ids of what was told as new, once for each time. */
  readonly arrivals: string[] = []
  readonly #columns: readonly string[]
  readonly #view: number
  #read: number

  private constructor(peer: Peer, columns: readonly string[], view: number) {
    this.peer = peer
    this.#columns = columns
    this.#view = view
    this.#read = peer.frames.length
  }

  /** Somebody who signs in and opens the notifications, or another collection. */
  static async open(person: Person, collection = NOTIFICATIONS, client?: string): Promise<Follower> {
    const peer = await Peer.open(person, client)
    await peer.hello()
    return Follower.on(peer, collection)
  }

  /** Follows a collection on a socket that is there. */
  static async on(peer: Peer, collection = NOTIFICATIONS, id = 7): Promise<Follower> {
    const rows = await peer.follow(id, { collection })
    const views = peer.frames.flatMap((frame) => (frame[0] === 'view' ? [frame[1]] : []))
    const view = views.findLast(({ subscription }) => subscription === id)
    if (!view) throw new Error('a subscription has a view')
    const follower = new Follower(peer, view.columns, view.view)
    for (const row of rows) follower.#put(row)
    return follower
  }

  /** The kinds of what it holds, in the order of their names. */
  get kinds(): unknown[] {
    return this.current()
      .map((row) => row['kind'])
      .sort()
  }

  /** Waits until what it holds has these kinds. */
  async until(...kinds: string[]): Promise<Row[]> {
    await this.peer.until(`notifications ${kinds.join()}; has ${this.kinds.join()}`, () => {
      return JSON.stringify(this.kinds) === JSON.stringify(kinds.toSorted())
    })
    return [...this.rows.values()]
  }

  /** Waits until a row of it has a value. */
  async untilHas(column: string, value: Value): Promise<Row> {
    const find = () => this.current().find((row) => row[column] === value)
    await this.peer.until(`${column} ${String(value)}`, () => find() !== undefined)
    return find() ?? {}
  }

  /** What it holds by now. */
  current(): Row[] {
    for (; this.#read < this.peer.frames.length; this.#read++) {
      const frame = this.peer.frames[this.#read]
      if (frame) this.#take(frame)
    }
    return [...this.rows.values()]
  }

  #take(frame: Down): void {
    if (frame[0] !== 'rows') return
    for (const [view, puts, patches, leaves] of frame[3]) {
      if (view !== this.#view) continue
      for (const row of puts) this.#put(row)
      for (const [id, ...changes] of patches) this.#patch(String(id), changes)
      for (const id of leaves) this.rows.delete(id)
    }
  }

  #put(values: readonly Value[]): void {
    const row = Object.fromEntries(this.#columns.map((name, i) => [name, values[i] ?? null]))
    this.rows.set(String(row['id']), row)
    this.arrivals.push(String(row['id']))
  }

  #patch(id: string, changes: readonly Value[]): void {
    const row: Record<string, Value> = { ...this.rows.get(id) }
    for (let i = 0; i < changes.length; i += 2)
      row[this.#columns[Number(changes[i])] ?? ''] = changes[i + 1] ?? null
    this.rows.set(id, row)
  }
}

/** Says how far somebody has come with a notification. */
export function state({ tenant, sub }: Person, notification: string, rank: number): Op {
  const id = stateId(JSON.stringify([tenant, sub]), notification)
  return {
    ...{ op: 'insert', upsert: true, collection: NOTIFICATION_STATES, id },
    values: { notification, rank },
  }
}
