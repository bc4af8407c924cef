import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { filled } from '../world/defaults.ts'
import type { Judge } from './judge.ts'

type Version = { readonly seq: number; readonly row: Row | undefined }

/** Actors of entries that are no client's edits. */
export const NO_CLIENTS: readonly string[] = ['sql', 'object']

/**
 * What the log of one epoch says, replayed change by change: slow, obvious, and without any code of the
 * product. Keeps every record as it was at every place.
 */
export class History {
  readonly epoch: string
  head = 0
  readonly #records = new Map<string, Map<string, Version[]>>()
  readonly #places = new Map<string, number>()
  readonly #lastN = new Map<string, number>()
  readonly #judge: Judge

  constructor(epoch: string, judge: Judge) {
    this.epoch = epoch
    this.#judge = judge
  }

  /** Begins anew from rows that came from Postgres, and are in no log. */
  adopt(rows: Iterable<readonly [collection: string, id: string, row: Row]>): void {
    this.#records.clear()
    for (const [collection, id, row] of rows)
      this.#versions(collection, id).push({ seq: 0, row: filled(collection, row) })
  }

  /** Takes an entry whose changes are in rows that are about to be adopted. */
  pass({ seq, actor, n }: LogEntry): void {
    this.#judge.check('G6', seq === this.head + 1, () => `seq ${seq} follows ${this.head}`)
    this.head = seq
    if (!NO_CLIENTS.includes(actor)) this.#takePlace(actor, n, seq)
  }

  take(entry: LogEntry): void {
    this.pass(entry)
    for (const change of entry.changes) this.#takeChange(entry.seq, change)
  }

  /** The seq of a client's edit. */
  placeOf(client: string, n: number): number | undefined {
    return this.#places.get(`${client}/${n}`)
  }

  rowAt(collection: string, id: string, seq: number): Row | undefined {
    return this.#versions(collection, id).findLast((version) => version.seq <= seq)?.row
  }

  /** The values that a column had from a place on. */
  valuesSince(collection: string, id: string, name: string, seq: number): unknown[] {
    const later = this.#versions(collection, id).filter((version) => version.seq > seq)
    return [this.rowAt(collection, id, seq), ...later.map(({ row }) => row)].map((row) => row?.[name])
  }

  /** The values that a column had before a place. */
  valuesBefore(collection: string, id: string, name: string, seq: number): unknown[] {
    const earlier = this.#versions(collection, id).filter((version) => version.seq < seq)
    return earlier.map(({ row }) => row?.[name])
  }

  /** The row that a record had when it was there last before a seq; undefined where the log knows of none. */
  lastRow(collection: string, id: string, seq: number): Row | undefined {
    return this.#versions(collection, id).findLast((version) => version.seq < seq && version.row)?.row
  }

  /** The records that the log has changed, each with the seq of its last change. */
  lastChanges(collection: string): [id: string, seq: number][] {
    const records = [...(this.#records.get(collection) ?? [])]
    return records.flatMap(([id, versions]): [string, number][] => {
      const seq = versions.at(-1)?.seq ?? 0
      return seq > 0 ? [[id, seq]] : []
    })
  }

  rowsAt(collection: string, seq: number): Row[] {
    const ids = [...(this.#records.get(collection)?.keys() ?? [])]
    return ids.map((id) => this.rowAt(collection, id, seq)).filter((row) => row !== undefined)
  }

  #takePlace(client: string, n: number, seq: number): void {
    const name = `${client}/${n}`
    const place = this.#places.get(name)
    this.#judge.check('G4', place === undefined, () => `${name} is at ${place} and at ${seq}`)
    const last = this.#lastN.get(client) ?? 0
    this.#judge.check('G5', n > last, () => `${name} comes after ${last}`)
    this.#places.set(name, seq)
    this.#lastN.set(client, n)
  }

  #takeChange(seq: number, change: Change): void {
    const { collection, id } = change
    const row = this.rowAt(collection, id, seq)
    const told = `${change.kind} of ${collection} ${id} at ${seq}`
    if (change.kind === 'insert') {
      this.#judge.check('G9', !row, () => `${told}: it is there`)
      this.#write(collection, id, seq, change.after)
      return
    }
    this.#judge.check('G9', row !== undefined, () => `${told}: it is not there`)
    if (!row) return
    for (const [name, value] of Object.entries(change.before)) {
      const held = row[name]
      this.#judge.check('G9', same(held, value), () => `${told}: ${name} was ${held} and not ${value}`)
    }
    this.#write(collection, id, seq, change.kind === 'delete' ? undefined : { ...row, ...change.after })
  }

  #write(collection: string, id: string, seq: number, row: Row | undefined): void {
    this.#versions(collection, id).push({ seq, row: row && filled(collection, row) })
  }

  #versions(collection: string, id: string): Version[] {
    const records = this.#records.get(collection) ?? new Map<string, Version[]>()
    this.#records.set(collection, records)
    const versions = records.get(id) ?? []
    records.set(id, versions)
    return versions
  }
}

/** Equal as JSON. Postgres keeps the keys of an object in an order of its own. */
export function same(a: unknown, b: unknown): boolean {
  return ordered(a) === ordered(b)
}

function ordered(value: unknown): string {
  return JSON.stringify(value ?? null, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  )
}

/** Rows with the same values; a column that is not there is null. */
export function sameRow(a: Row | undefined, b: Row | undefined): boolean {
  if (!a || !b) return a === b
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => same(a[name], b[name]))
}
