import { recordKey } from '../../../src/core/records/record.ts'
import type { Context, Op } from '../../../src/protocol/edit.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { TextRules, TextSlot } from '../api/text-rules.ts'
import type { RowSync } from '../api/types.ts'
import { includes, type LogPosition, type PendingEdit } from '../queue/pending-edit.ts'
import { Asides } from './asides.ts'
import { SETTLED } from './shown-row.ts'

/** A record by its collection and id. */
export type RecordRef = { readonly collection: string; readonly id: string }

/** An own operation, and what its author had seen of the log. */
export type OwnOp = { readonly op: Op; readonly context: Context }

/**
 * The own edits that rows may still lack, by record. An edit leaves when every collection shown
 * includes it, not at its receipt: the row that carries its effect comes after the receipt, and
 * between the two the value would flicker, or a counter count twice. One that is Postgres first is
 * never shown over rows.
 */
export class Overlay {
  readonly #records = new Map<string, PendingEdit[]>()
  readonly #errors = new Map<string, WireError>()
  /** Edits with a place in a log, which rows may come to include. */
  readonly #placed = new Set<PendingEdit>()
  readonly #dirty = new Map<string, RecordRef>()
  /** Records that are in no rows, and cannot be changed. */
  readonly asides = new Asides()
  readonly #texts: TextSlot

  constructor(texts: TextSlot) {
    this.#texts = texts
  }

  /** The means to change texts, if the page has them. */
  get texts(): TextRules | undefined {
    return this.#texts.rules
  }

  /** An edit is new, or its progress or places changed. */
  changed(entry: PendingEdit): void {
    if (entry.progress.is === 'failed') this.#placed.delete(entry)
    else if (entry.places.size > 0) this.#placed.add(entry)
    for (const { collection, id } of entry.edit.ops) {
      const key = recordKey(collection, id)
      this.#dirty.set(key, { collection, id })
      const entries = this.#records.get(key) ?? []
      if (entry.progress.is === 'failed') {
        this.#errors.set(key, entry.progress.error)
        this.#drop(key, entry)
      } else if (!entries.includes(entry)) {
        // A new edit is the last word on the record, so an old failure is no news any more.
        this.#errors.delete(key)
        // One that another page has stored may come after one of this page that follows it.
        const isLater = ({ progress, edit }: PendingEdit) => progress.is === 'queued' && edit.n > entry.edit.n
        const later = entries.filter(isLater)
        this.#records.set(key, [...entries.filter((one) => !later.includes(one)), entry, ...later])
      }
    }
  }

  /** A new log begins from what Postgres has, so its rows include every edit that is committed by then. */
  begunAnew(epoch: string): void {
    for (const { progress, places } of this.#placed) if (progress.is === 'committed') places.set(epoch, 0)
  }

  /** Rows moved: marks what may look different, and lets go of settled edits that all rows include. */
  moved(bases: readonly LogPosition[]): void {
    for (const entry of this.#placed) {
      const everywhere = bases.every((base) => includes(base, entry))
      if (everywhere) this.#placed.delete(entry)
      for (const { collection, id } of entry.edit.ops) {
        const key = recordKey(collection, id)
        this.#dirty.set(key, { collection, id })
        if (everywhere && entry.progress.is === 'committed') this.#drop(key, entry)
      }
    }
  }

  /** The own operations on a record to show over rows as of `base`, which lack them, in order. */
  lacking({ collection, id }: RecordRef, base: LogPosition): readonly OwnOp[] {
    const entries = this.#records.get(recordKey(collection, id)) ?? []
    return entries
      .filter((entry) => !entry.edit.durability && !includes(base, entry))
      .flatMap(({ edit }) => edit.ops.map((op) => ({ op, context: edit.context })))
      .filter(({ op }) => op.collection === collection && op.id === id)
  }

  /** Are there own edits of the record? */
  has({ collection, id }: RecordRef): boolean {
    return this.#records.has(recordKey(collection, id))
  }

  /** How the own edits of a record stand. */
  syncOf({ collection, id }: RecordRef): RowSync {
    const key = recordKey(collection, id)
    const entries = this.#records.get(key) ?? []
    const error = this.#errors.get(key)
    const pending = entries.some(({ progress }) => progress.is === 'queued' || progress.is === 'sent')
    const committing = entries.some(({ progress }) => progress.is === 'accepted')
    if (!pending && !committing && !error) return SETTLED
    return Object.freeze({ pending, committing, ...(error && { error }) })
  }

  /** The records of a collection with own edits. */
  recordsOf(collection: string): RecordRef[] {
    return [...this.#records.values()]
      .flatMap((entries) => entries.flatMap(({ edit }) => edit.ops))
      .filter((op) => op.collection === collection)
      .map(({ id }) => ({ collection, id }))
  }

  /** The records to look at again; asking empties the list. */
  takeDirty(): RecordRef[] {
    const dirty = [...this.#dirty.values()]
    this.#dirty.clear()
    return dirty
  }

  #drop(key: string, entry: PendingEdit): void {
    const rest = this.#records.get(key)?.filter((candidate) => candidate !== entry) ?? []
    if (rest.length > 0) this.#records.set(key, rest)
    else this.#records.delete(key)
  }
}
