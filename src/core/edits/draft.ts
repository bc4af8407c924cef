import type { Value } from '../../protocol/value.ts'
import type { Merging } from '../app/merging.ts'
import type { Change, Conflict } from '../log/log.ts'
import type { FieldMerged } from '../merge/merge-field.ts'
import { canonicalItems, type ItemChange, versionsWithItems } from '../records/items.ts'
import type { Manuscript } from '../records/manuscript.ts'
import { recordKey, type StoredRecord } from '../records/record.ts'
import { roughSize } from '../records/rough-size.ts'
import { sameValue } from '../records/value.ts'
import type { Version } from '../records/version-vector.ts'
import { textsAfter } from './texts.ts'

/** What a write of a field was, where its value does not tell. */
type Written = Pick<Extract<FieldMerged, { outcome: 'applied' }>, 'delta' | 'given' | 'base' | 'items'> & {
  /** The manuscript of the text, where the write was made in it. */
  readonly manuscript?: Manuscript
}

type Update = Extract<Change, { kind: 'update' }>

/** Reads a record as it stands before the draft. */
export type ReadRecord = (collection: string, id: string) => StoredRecord | undefined

/**
 * The work of one edit, kept apart until the whole edit is known to be good: a refused edit's
 * draft is dropped, and nothing of it was ever in the data.
 */
export class Draft {
  readonly version: Version
  readonly merging: Merging
  readonly conflicts: Conflict[] = []
  readonly #read: ReadRecord
  readonly #records = new Map<string, { before: StoredRecord | undefined; now: StoredRecord }>()
  readonly #adds = new Map<string, Record<string, number>>()
  readonly #items = new Map<string, Record<string, ItemChange>>()
  readonly #bases = new Map<string, Record<string, readonly Value[]>>()
  readonly #revived = new Set<string>()
  readonly #steps: Change[] = []
  #following = false
  #retell = false
  #characters = 0
  /** The changes that it comes to, until it goes on. */
  #changes: readonly Change[] | undefined

  /** @param merging the application's merge functions */
  constructor(version: Version, read: ReadRecord, merging: Merging = () => undefined) {
    this.version = version
    this.merging = merging
    this.#read = read
  }

  /** The record with this draft's changes. */
  record(collection: string, id: string): StoredRecord | undefined {
    return this.#records.get(recordKey(collection, id))?.now ?? this.#read(collection, id)
  }

  /** The record without this draft's changes. */
  before({ collection, id }: Pick<StoredRecord, 'collection' | 'id'>): StoredRecord | undefined {
    const touched = this.#records.get(recordKey(collection, id))
    return touched ? touched.before : this.#read(collection, id)
  }

  /** Writes a whole record: a new one, or one that is gone. */
  put(record: StoredRecord): void {
    const { collection, id } = record
    const earlier = this.record(collection, id)
    if (!record.deleted) this.#step({ kind: 'insert', collection, id, after: record.row })
    else if (earlier) this.#step({ kind: 'delete', collection, id, before: earlier.row })
    this.#keep(record)
  }

  /** Ends a living record. What the same edit wrote to it before was for nothing. */
  remove(record: StoredRecord): void {
    const before = this.#records.get(recordKey(record.collection, record.id))?.before
    this.put({ ...(before && !before.deleted ? before : record), deleted: this.version })
  }

  /** Brings a deleted record back. To everyone who saw the delete it is a new one with the old values. */
  revive({ deleted: _, ...record }: StoredRecord): void {
    const { collection, id, row } = record
    this.#revived.add(recordKey(collection, id))
    this.#step({ kind: 'insert', collection, id, after: row, revives: row })
    this.#retell = true
    this.#keep({ ...record, birth: this.version, versions: {} })
  }

  /**
   * Writes one field of a living record. A delta is remembered, for Postgres; a value that came to another one
   * here, for when the edit is done again; what its author had in sight, for whoever overwrites it unseen.
   */
  write(record: StoredRecord, column: string, value: Value, written: Written = {}): void {
    const { delta, given, base, items, manuscript } = written
    const { collection, id, row, versions } = record
    const after = { [column]: given === undefined ? value : given }
    const before = row[column] ?? null
    const isOther = base !== undefined && !sameValue(base.known?.value, before)
    const bases = isOther ? { [column]: base.known ? [base.known.value] : [] } : undefined
    this.#step({
      kind: 'update',
      collection,
      id,
      before: { [column]: before },
      after,
      ...(delta !== undefined && { adds: { [column]: delta } }),
      ...(items && { items: { [column]: { add: items.add, remove: items.remove } } }),
      ...(bases && { base: bases }),
    })
    // The change from the first value to the last need not be a lawful one, as each step was.
    const isAgain = versions[column] === this.version && record.birth !== this.version
    if ((isAgain && delta === undefined && !items) || given !== undefined) this.#retell = true
    this.#keep({
      ...record,
      row: { ...row, [column]: value },
      versions: {
        ...(items ? versionsWithItems(record, column, items, this.version, items.hasSeen) : versions),
        [column]: this.version,
      },
      ...textsAfter(record, column, value, manuscript),
    })
    const key = recordKey(collection, id)
    if (items) this.#noteItems(key, column, items)
    if (bases) this.#bases.set(key, { ...bases, ...this.#bases.get(key) })
    if (delta === undefined) return
    const adds = this.#adds.get(key) ?? {}
    this.#adds.set(key, { ...adds, [column]: (adds[column] ?? 0) + delta })
  }

  /** Runs what follows from the edit by itself. It is no step of the edit: it follows again. */
  follow<Result>(work: () => Result): Result {
    this.#following = true
    this.#retell = true
    try {
      return work()
    } finally {
      this.#following = false
    }
  }

  /** Notes a step that came to nothing, because somebody had done the same. */
  agree(step: Change): void {
    this.#step(step)
    this.#retell = true
  }

  /** What the edit itself gave a field last; undefined where it has not written it. */
  givenIn({ collection, id }: Pick<StoredRecord, 'collection' | 'id'>, field: string): Value | undefined {
    const step = [...this.#steps]
      .reverse()
      .find(
        (one) =>
          one.kind !== 'delete' && one.collection === collection && one.id === id && field in one.after,
      )
    return step && step.kind !== 'delete' ? step.after[field] : undefined
  }

  /** What the author did, in order; undefined where these changes, which it came to, say it as well. */
  steps(changes: readonly Change[]): readonly Change[] | undefined {
    return this.#retell || changes.length < this.#records.size ? this.#steps : undefined
  }

  /** The records the edit leaves behind. One that it made and ended itself was never there. */
  records(): StoredRecord[] {
    return [...this.#records.values()].flatMap(({ now }) =>
      now.deleted && now.birth === this.version ? [] : now,
    )
  }

  /** The records that it touches, as it leaves them. */
  touched(): StoredRecord[] {
    return [...this.#records.values()].map(({ now }) => now)
  }

  /** One change per touched record, for the log. */
  changes(): readonly Change[] {
    this.#changes ??= this.#net()
    return this.#changes
  }

  #net(): Change[] {
    return [...this.#records].flatMap(
      ([key, { before, now }]) =>
        this.#change(before, now, {
          adds: this.#adds.get(key),
          items: this.#items.get(key),
          base: this.#bases.get(key),
        }) ?? [],
    )
  }

  /** About how many characters were there before and are there now in what the edit touches. */
  get characters(): number {
    return this.#characters
  }

  #noteItems(key: string, column: string, { add, remove }: ItemChange): void {
    const before = this.#items.get(key)
    const { add: added = [], remove: removed = [] } = before?.[column] ?? {}
    const change = {
      add: canonicalItems([...added.filter((item) => !remove.includes(item)), ...add]),
      remove: canonicalItems([...removed.filter((item) => !add.includes(item)), ...remove]),
    }
    this.#items.set(key, { ...before, [column]: change })
  }

  #step(change: Change): void {
    if ('before' in change) this.#characters += roughSize(change.before)
    if ('after' in change) this.#characters += roughSize(change.after)
    if (!this.#following) this.#steps.push(change)
  }

  #keep(given: StoredRecord): void {
    this.#changes = undefined
    // What comes back begins with its plain texts.
    const { texts, ...values } = given
    const record = texts && !given.deleted ? given : values
    const key = recordKey(record.collection, record.id)
    const touched = this.#records.get(key)
    if (touched) touched.now = record
    else this.#records.set(key, { before: this.#read(record.collection, record.id), now: record })
  }

  #change(
    before: StoredRecord | undefined,
    now: StoredRecord,
    { adds, items, base }: { readonly [Part in 'adds' | 'items' | 'base']: Update[Part] | undefined },
  ): Change | undefined {
    const { collection, id } = now
    const lived = before && !before.deleted ? before : undefined
    if (now.deleted) return lived && { kind: 'delete', collection, id, before: lived.row }
    if (!lived) {
      const revives = before && this.#revived.has(recordKey(collection, id)) ? { revives: before.row } : {}
      return { kind: 'insert', collection, id, after: now.row, ...revives }
    }
    if (now.birth !== lived.birth) throw new Error('one edit cannot delete a record and create it again')
    const columns = Object.keys(now.row).filter((column) => now.versions[column] === this.version)
    if (columns.every((column) => sameValue(lived.row[column], now.row[column]))) return undefined
    const pick = (row: StoredRecord['row']) =>
      Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))
    return {
      kind: 'update',
      collection,
      id,
      before: pick(lived.row),
      after: pick(now.row),
      ...(adds && { adds }),
      ...(items && { items }),
      ...(base && { base }),
    }
  }
}
