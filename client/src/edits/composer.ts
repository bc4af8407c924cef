import { findCollection } from '../../../src/core/app/application.ts'
import { newRow, notFound, recordExists, whyInsertOnly } from '../../../src/core/edits/refusals.ts'
import { setAside } from '../../../src/core/records/aside.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import type { Op, UpdateOp } from '../../../src/protocol/edit.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { PastChange } from '../../../src/protocol/history.ts'
import { whyNoId } from '../../../src/protocol/ids.ts'
import { MAX_OPS_PER_EDIT } from '../../../src/protocol/limits.ts'
import type { Collection } from '../../../src/protocol/manifest.ts'
import type { TextOp } from '../../../src/protocol/text-op.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { TextRules } from '../api/text-rules.ts'
import type { LogPosition } from '../queue/pending-edit.ts'
import type { AuthorView } from '../replica/author-view.ts'
import { replay } from '../replica/replay-op.ts'
import { type Difference, type Draft, difference } from './draft.ts'
import { toValue } from './json.ts'
import { changeOf } from './made-change.ts'
import { NOT_READY } from './refused.ts'

export type Composed = { readonly ops: readonly Op[] } | { readonly error: WireError }

/**
 * Gathers the operations of one edit, each checked as the server will check it and made in sight of
 * the ones before. The first that cannot be made spoils the edit, because an edit is all or nothing.
 */
export class Composer {
  readonly #authorView: AuthorView
  readonly #newId: () => string
  readonly #ops: Op[] = []
  readonly #drafts = new Map<string, Row | undefined>()
  /** What each operation changes; undefined where that is not known here. */
  readonly changes: (PastChange | undefined)[] = []
  /** Of which places the records were that are changed. */
  readonly #places: LogPosition[] = []
  #error: WireError | undefined

  constructor(authorView: AuthorView, newId: () => string) {
    this.#authorView = authorView
    this.#newId = newId
  }

  /** The means to say what of a text has changed, where the page has them. */
  get texts(): TextRules | undefined {
    return this.#authorView.texts
  }

  /** How many operations the edit has so far. */
  get size(): number {
    return this.#ops.length
  }

  get result(): Composed {
    return this.#error ? { error: this.#error } : { ops: this.#ops }
  }

  /**
   * The seq up to which its author has seen all that the edit changes. A place in another log says nothing.
   *
   * @param cursor what holds for whatever is new, or was not seen
   */
  seenUpTo(epoch: string, cursor: number): number {
    const seen = this.#places.map((place) => (place.epoch === epoch ? place.seq : 0))
    return Math.min(...seen, ...(seen.length > 0 ? [] : [cursor]))
  }

  get(collection: string, id: string): Row | undefined {
    const key = recordKey(collection, id)
    return this.#drafts.has(key) ? this.#drafts.get(key) : this.#authorView.get({ collection, id })
  }

  /** Spoils the edit, for a reason of whoever makes it. */
  refuse(error: WireError): void {
    this.#error ??= error
  }

  /** Returns the new record's id. */
  insert(collection: string, input: object): string {
    const values = toValue(input)
    const given = 'id' in input ? input.id : undefined
    const id = typeof given === 'string' ? given : this.#newId()
    this.#compose(collection, (description) => {
      if (!isRow(values)) return wireError('bad-value', 'The values are nothing JSON can carry.')
      const { id: _, ...rest } = values
      if (given !== undefined && given !== id) return wireError('bad-id', 'An id is a text.')
      const unusable = this.whyUnusable(collection, id)
      if (unusable) return unusable
      const made = newRow(description, id, rest)
      if ('error' in made) return made.error
      if (this.get(collection, id)) return recordExists(id)
      return { op: 'insert', collection, id, values: rest }
    })
    return id
  }

  /** Inserts a record, or gives the one that is there these values. */
  upsert(collection: string, input: object): void {
    const values = toValue(input)
    this.#compose(collection, (description) => {
      if (!isRow(values)) return wireError('bad-value', 'The values are nothing JSON can carry.')
      const { id, ...rest } = values
      if (typeof id !== 'string') return wireError('bad-id', 'An upsert names the id of its record.')
      const unusable = this.whyUnusable(collection, id)
      if (unusable) return unusable
      const made = newRow(description, id, rest)
      if ('error' in made) return made.error
      const there = this.get(collection, id)
      const result =
        there && difference(description, there, (draft) => Object.assign(draft, rest), this.#authorView.texts)
      if (result && 'error' in result) return result.error
      const counted = result && Object.entries(result.fields).find(([, field]) => 'add' in field)?.[0]
      if (counted !== undefined) {
        const message = `"${counted}" counts: an upsert cannot set it where the record is there.`
        return wireError('bad-value', message, { ref: counted })
      }
      if (result && Object.keys(result.fields).length === 0) return undefined
      const unchanging = result && whyInsertOnly(description, 'update')
      if (unchanging) return unchanging
      const seen = this.#seen(collection, id, Object.keys(rest))
      return { op: 'insert', upsert: true, collection, id, values: rest, ...seen }
    })
  }

  update(collection: string, id: string, change: (draft: Draft) => void): void {
    this.change(collection, id, (description) =>
      difference(description, this.get(collection, id), change, this.#authorView.texts),
    )
  }

  /** Changes a record as `differ` says, which is given the description of its collection. */
  change(collection: string, id: string, differ: (description: Collection) => Difference): void {
    this.#compose(collection, (description) => {
      const missing = whyInsertOnly(description, 'update') ?? this.#missing(collection, id)
      if (missing) return missing
      const result = differ(description)
      if ('error' in result) return result.error
      if (Object.keys(result.fields).length === 0) return undefined
      return {
        op: 'update',
        collection,
        id,
        fields: { ...result.fields },
        ...this.#seen(collection, id, Object.keys(result.fields)),
      }
    })
  }

  /** A change of a text; where a server has no such texts, what it comes to. */
  editText(collection: string, id: string, column: string, text: TextOp, set: string): void {
    this.#compose(collection, ({ columns }) => {
      const isText = columns.some(({ name, policy }) => name === column && policy.kind === 'text')
      const fields = { [column]: isText ? { text } : { set } }
      const missing = this.#missing(collection, id)
      return missing ?? { op: 'update', collection, id, fields, ...this.#seen(collection, id, [column]) }
    })
  }

  delete(collection: string, id: string): void {
    this.#compose(
      collection,
      (description) =>
        whyInsertOnly(description, 'delete') ??
        this.#missing(collection, id) ?? { op: 'delete', collection, id, ...this.#seen(collection, id) },
    )
  }

  /** Brings a deleted record back. What it holds then, the server knows. */
  restore(collection: string, id: string): void {
    this.#compose(collection, () => {
      if (this.get(collection, id)) return recordExists(id)
      return this.whyUnusable(collection, id) ?? { op: 'restore', collection, id }
    })
  }

  #compose(collection: string, make: (description: Collection) => Op | WireError | undefined): void {
    if (this.#error) return
    const made = this.#describe(collection, make)
    if (!made) return
    if ('code' in made) {
      this.#error = made
      return
    }
    if (this.#ops.length === MAX_OPS_PER_EDIT) {
      this.#error = wireError('too-large', `One edit may change ${MAX_OPS_PER_EDIT} records.`)
      return
    }
    this.#ops.push(made)
    const description = this.#authorView.manifest && findCollection(this.#authorView.manifest, collection)
    if (description) {
      const before = this.get(collection, made.id)
      const row = replay(description, before, made, this.#authorView.texts)
      this.changes.push(changeOf(made, before, row))
      this.#drafts.set(recordKey(collection, made.id), row)
    }
  }

  #describe(
    collection: string,
    make: (description: Collection) => Op | WireError | undefined,
  ): Op | WireError | undefined {
    if (!this.#authorView.manifest) {
      return wireError('not-ready', NOT_READY)
    }
    const description = findCollection(this.#authorView.manifest, collection)
    if (!description) return wireError('unknown-collection', `There is no collection "${collection}".`)
    return make(description)
  }

  /** Why no edit can mean an id. */
  whyUnusable(collection: string, id: string): WireError | undefined {
    const why = whyNoId(id)
    if (why !== undefined) return wireError('bad-id', why)
    const reason = this.#authorView.whyAside({ collection, id })
    return reason === undefined ? undefined : setAside(id, { reason })
  }

  #missing(collection: string, id: string): WireError | undefined {
    const unusable = this.whyUnusable(collection, id)
    if (unusable) return unusable
    if (!this.#authorView.holdsAll(collection) || this.get(collection, id)) return undefined
    return notFound(id)
  }

  /**
   * What is not held, or hidden by own edits, was not seen, and the server has to know that.
   *
   * @param fields those that the operation is about; absent when it is about all of them
   */
  #seen(collection: string, id: string, fields?: readonly string[]): Pick<UpdateOp, 'blind' | 'asOf'> {
    const known = this.#authorView.known({ collection, id })
    if (known) this.#places.push(known.base)
    else if (!this.get(collection, id)) return { blind: true }
    const asOf = this.#authorView.unseenWrites({ collection, id }, fields)
    return Object.keys(asOf).length > 0 ? { asOf } : {}
  }
}

function isRow(value: ReturnType<typeof toValue>): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
