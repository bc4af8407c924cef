import { PING, PONG } from '../../../client/src/transport/ping.ts'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { decodeUp } from '../../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Part } from '../../../src/protocol/down/rows.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { naiveResult } from '../../support/query-model/naive.ts'
import { type History, sameRow } from '../judge/history.ts'
import type { Judge } from '../judge/judge.ts'
import { isId, isOdd } from '../people/odd-ids.ts'
import { CARD_RIGHTS, EVERY_RIGHT } from '../world/rights.ts'

type Mirrored = {
  readonly query: Query
  readonly columns: readonly string[]
  rows: Map<string, Row>
  /** Set while pages of a snapshot come: what changed since the first of them. */
  later: Part[] | undefined
  /** Complete as of the cursor. */
  isLive: boolean
}

/** Places that are remembered of each query: a client may go on from somewhat earlier than it was told. */
const KEPT_PLACES = 50

type Told = { readonly epoch: string; readonly seq: number; readonly rows: ReadonlyMap<string, Row> }

/** What a client was told that its queries show. */
export class Holdings {
  /** By the query's text, the newest first. */
  readonly #told = new Map<string, readonly Told[]>()
  /** The client may hold what it is not known to have been told. */
  isUncertain = false
  /** Several people were told something, who may see different things of one place. */
  isMixed = false
  readonly #places: number

  /** @param places how many places are remembered of each query */
  constructor(places = KEPT_PLACES) {
    this.#places = places
  }

  tell(query: Query, told: Told): void {
    const name = nameOf(query)
    this.#told.set(name, [told, ...(this.#told.get(name) ?? [])].slice(0, this.#places))
  }

  /** What is told from now on is not followed for a while. */
  forget(): void {
    this.#told.clear()
    this.isUncertain = true
  }

  at(query: Query, epoch: string | undefined, seq: number | undefined): Told | undefined {
    if (this.isMixed) return undefined
    return this.#told.get(nameOf(query))?.find((told) => told.epoch === epoch && told.seq === seq)
  }

  /**
   * Is this something of a query that was told as of that place? True where it is not known what was.
   *
   * @param name the query's, as a client keeps it
   */
  fits(name: string, { epoch, seq, rows }: Told): boolean {
    if (this.isMixed) return true
    const told = this.#told.get(name)?.filter((some) => some.epoch === epoch && some.seq === seq) ?? []
    return told.length === 0 || told.some((some) => haveSameRows(some.rows, rows))
  }
}

function haveSameRows(a: Told['rows'], b: Told['rows']): boolean {
  return a.size === b.size && [...a].every(([id, row]) => sameRow(row, b.get(id)))
}

function nameOf({ collection, where, orderBy, limit, after, select }: Query): string {
  return JSON.stringify([collection, where, orderBy, limit, after, select, null])
}

/** What a client has been told over one link, applied by the letter, and compared with the log after every frame. */
export class Mirror {
  #cursor: number | undefined
  readonly #history: () => History
  readonly #held: Holdings
  readonly #judge: Judge
  readonly #asked = new Map<number, { query: Query; resume: number | undefined }>()
  readonly #views = new Map<number, Mirrored>()
  readonly #numbers = new Map<number, number>()
  readonly #version: number
  #epoch: string | undefined
  #isLossy = false

  /**
   * @param held what was told over earlier links; kept up to date
   * @param version the version of the protocol that is spoken
   */
  constructor(history: () => History, held: Holdings, judge: Judge, version: number) {
    this.#history = history
    this.#held = held
    this.#judge = judge
    this.#version = version
  }

  get epoch(): string | undefined {
    return this.#epoch
  }

  /** Frames are lost, or come as they were not sent. The client has to notice; what it shows in the end is compared. */
  disturbed(): void {
    this.#isLossy = true
    this.#held.forget()
  }

  /** The client says something. */
  said(text: string): Up | undefined {
    if (text === PING) return undefined
    const decoded = decodeUp(text, this.#version)
    this.#judge.check('G6', decoded.ok, () => `what was said is no frame: ${text}`)
    if (!decoded.ok) return undefined
    const { frame } = decoded
    if (frame[0] === 'subscribe') {
      const { id, query, resume } = frame[1]
      const read = readQuery(query)
      this.#judge.check('G6', 'query' in read, () => `what was asked is no query: ${text}`)
      if ('query' in read) this.#asked.set(id, { query: read.query, resume: resume?.seq })
    }
    if (frame[0] === 'unsubscribe') this.#forget(frame[1].id)
    return frame
  }

  /** The client hears something. */
  heard(text: string): Down | undefined {
    if (text === PONG) return undefined
    const decoded = decodeDown(text, this.#version)
    this.#judge.check('G6', decoded.ok, () => `what was sent is no frame: ${text}`)
    if (!decoded.ok) return undefined
    const { frame } = decoded
    if (this.#isLossy && frame[0] !== 'welcome') return frame
    switch (frame[0]) {
      case 'welcome':
        this.#epoch = frame[1].epoch
        break
      case 'view':
        this.#named(frame[1])
        break
      case 'page':
        this.#page(frame[1])
        break
      case 'rows':
        this.#rows(frame[1], frame[2], frame[3])
        break
      case 'evicted':
        this.#drop(frame[1].subscription)
        break
      case 'error':
        // Rights have changed, and the query names a column that does not exist any more.
        if (typeof frame[1].ref === 'number') this.#drop(frame[1].ref)
        break
      case 'reset':
        this.#views.clear()
        this.#cursor = undefined
        break
    }
    return frame
  }

  #forget(subscription: number): void {
    this.#drop(subscription)
    this.#asked.delete(subscription)
  }

  #drop(subscription: number): void {
    const number = this.#numbers.get(subscription)
    this.#numbers.delete(subscription)
    if (number !== undefined && ![...this.#numbers.values()].includes(number)) this.#views.delete(number)
  }

  #named({ subscription, view, columns, resumed }: Extract<Down, readonly ['view', unknown]>[1]): void {
    const asked = this.#asked.get(subscription)
    if (!asked) return
    this.#drop(subscription)
    this.#numbers.set(subscription, view)
    const { query, resume } = asked
    const rows = new Map<string, Row>()
    const mirrored = { query, columns, rows, later: undefined, isLive: resumed === true }
    this.#views.set(view, mirrored)
    if (!resumed) return
    // It may have been told more since, and have taken that for a gap.
    const held = this.#held.at(query, this.#epoch, resume)
    if (!held) {
      const told = () => `resumed at ${resume} of ${this.#epoch}, where it was told nothing`
      this.#judge.check('G7', this.#held.isUncertain || this.#held.isMixed, told)
      this.#views.delete(view)
      this.#cursor ??= resume
      return
    }
    for (const [id, row] of held.rows) rows.set(id, row)
    this.#cursor ??= resume
  }

  #page({ view: number, seq, rows, last }: Extract<Down, readonly ['page', unknown]>[1]): void {
    const view = this.#views.get(number)
    this.#cursor ??= seq
    const cursor = this.#cursor
    this.#judge.check('G8', seq === cursor, () => `a page as of ${seq} at ${cursor}`)
    if (!view) return
    if (!view.later) view.rows = new Map()
    view.later ??= []
    for (const values of rows) this.#put(view, values)
    if (!last) return
    for (const part of view.later) this.#apply(view, part)
    view.later = undefined
    view.isLive = true
    this.#compare(view)
  }

  #rows(from: number, to: number, parts: readonly Part[]): void {
    const cursor = this.#cursor ?? from
    this.#judge.check('G6', from === cursor && to >= from, () => `rows from ${from} to ${to} at ${cursor}`)
    this.#cursor = to
    for (const part of parts) {
      const view = this.#views.get(part[0])
      if (view?.later) view.later.push(part)
      else if (view) this.#apply(view, part)
    }
    for (const view of this.#views.values()) if (view.isLive && !view.later) this.#compare(view)
  }

  #apply(view: Mirrored, [, puts, patches, leaves]: Part): void {
    for (const values of puts) this.#put(view, values)
    for (const [id, ...pairs] of patches) {
      const row = view.rows.get(String(id))
      this.#judge.check('G9', row !== undefined, () => `a patch of ${id}, which is not held`)
      if (!row) continue
      const changed: Record<string, Value> = { ...row }
      for (let i = 0; i < pairs.length; i += 2) {
        const number = Number(pairs[i])
        const told = pairs[i + 1] ?? null
        // Below zero it counts from -1, and is what changed of the text that was told before.
        const name = view.columns[number < 0 ? -1 - number : number] ?? ''
        changed[name] = number < 0 ? changedText(row[name], told) : told
      }
      view.rows.set(String(id), changed)
    }
    for (const id of leaves) view.rows.delete(id)
  }

  #put({ query, rows, columns }: Mirrored, values: readonly Value[]): void {
    const row = Object.fromEntries(columns.map((name, place) => [name, values[place] ?? null]))
    const id = String(row['id'])
    if (isOdd(id) && query.collection !== CONFLICTS)
      this.#judge.check('IDS', isId(id), () => `was told of ${JSON.stringify(id)}`)
    rows.set(id, row)
  }

  #compare(view: Mirrored): void {
    if (this.#cursor === undefined || this.#epoch === undefined) return
    const rows = new Map(view.rows)
    this.#held.tell(view.query, { epoch: this.#epoch, seq: this.#cursor, rows })
    if (this.#epoch !== this.#history().epoch) return
    // Whose a conflict is depends on who reads, which is looked at in the end: `judgeInbox`.
    if (view.query.collection === CONFLICTS) return
    const expected = this.#expected(view, this.#cursor)
    const fits = expected.some(
      (rows) =>
        rows.length === view.rows.size && rows.every((row) => sameRow(row, view.rows.get(String(row['id'])))),
    )
    this.#judge.check('G8', fits, () => {
      const told = JSON.stringify([...view.rows.values()])
      const query = JSON.stringify(view.query)
      return `${query} at ${this.#cursor} was told ${told} instead of ${JSON.stringify(expected)}`
    })
  }

  /** What the view shows at a place, for each of the rights under which it may be shown. */
  #expected({ query, columns }: Mirrored, seq: number): Row[][] {
    const rows = this.#history().rowsAt(query.collection, seq)
    const rights = query.collection === 'cards' ? Object.values(CARD_RIGHTS) : [EVERY_RIGHT]
    const possible = rights.filter(({ hidden }) => hidden.every((name) => !columns.includes(name)))
    return possible.map((right) =>
      naiveResult(rows, query, right).map((row) =>
        Object.fromEntries(columns.map((name) => [name, row[name] ?? null])),
      ),
    )
  }
}

/** A text with some of it cut out and something put there. */
function changedText(text: Value | undefined, told: Value): Value {
  const [at, cut, put] = Array.isArray(told) ? told : []
  const units = String(text).split('')
  units.splice(Number(at), Number(cut), String(put))
  return units.join('')
}
