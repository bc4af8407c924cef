import * as v from 'valibot'
import type { Breach } from '../../core/alerts/figures.ts'
import type { Mark } from '../../core/alerts/windows.ts'
import type { Counted, Reading } from '../../core/metrics/reading.ts'
import { MAX_BATCH_EDITS } from '../../core/outbox/outbox.ts'
import type { Sql } from '../../platform/platform.ts'
import { type Delayed, delayedSchema } from '../../protocol/down/health.ts'
import type { ActivityPoint } from '../../protocol/internal/activity.ts'
import type { Manifest } from '../../protocol/manifest.ts'
import type { Database } from './database.ts'

/** Columns of one collection that are read from Postgres for the records there are. */
export type ColumnLoad = {
  readonly collection: string
  readonly columns: readonly string[]
  /** The id up to which they are here; '' for none. */
  readonly after: string
  readonly done: boolean
}

/** The place of a comparison with Postgres: everything before `after` in this collection is compared. */
export type CompareCursor = { readonly collection: string; readonly after: string }

/** The last word to the registry about the tenant's figures. `isHeard`: it has answered. */
export type Reported = { readonly breaches: readonly Breach[]; readonly isHeard: boolean }

/** The facts that the object keeps about itself. Times are in ms since 1970, and 0 for never. */
export type Facts = {
  /** The tenant that the object belongs to; undefined in a new one. */
  tenant: string | undefined
  /** The name of the log; empty in a new object. */
  epoch: string
  /** External changes after this have not been taken; undefined until the ledger is claimed. */
  cursor: string | undefined
  /** Everything up to here is in Postgres, or was reverted. A row of the log may know better. */
  committed: number
  /** The last seq that the log does not have any more. */
  floor: number
  /** When the log was last looked through for what is not needed any more, and its head then. */
  pruned: { readonly head: number; readonly at: number }
  /** The state of Postgres in which rows were read last, until a cursor has read it too. */
  reached: string | undefined
  /** When a client was last known to be active. */
  active: number
  /** The manifest that the records were made for. */
  manifest: Manifest | undefined
  /** The hash of the manifest that Postgres was last told of. */
  'told-manifest': string | undefined
  /** Columns that the records still lack. */
  'column-loads': readonly ColumnLoad[]
  /** Where the records came to have their columns: what the log holds from before has others. */
  'columns-since': { readonly epoch: string; readonly seq: number }
  /** Null while nothing is compared. */
  comparison: CompareCursor | null
  /** When the last comparison ended, or, before the first, when the tenant was loaded; undefined before that. */
  compared_at: number | undefined
  /** Edits that the next batch may have. */
  batch_limit: number
  /** When the registry of tenants was last told of the tenant; 0 while it is not listed. */
  listed_at: number
  /** What everybody was told of a delay; undefined while there is none. */
  delayed: Delayed | undefined
  /** What the registry was last told of the tenant's figures, or may have been. */
  reported: Reported
  /** Totals of some minutes ago and earlier, for the shares that alerts are about. */
  marks: readonly Mark[]
  /** The secret of the resume tokens; undefined until the first. */
  seal: string | undefined
  /** What was counted of the tenant since a time; undefined until it was stored first. */
  metrics: (Counted & { readonly since: number }) | undefined
  /** What was told of it last. */
  metrics_told: Reading | undefined
  /** What came between two reports, for those of the last hour. */
  points: readonly ActivityPoint[]
}

/** What each is while it is not stored. */
const ABSENT: Facts = {
  tenant: undefined,
  epoch: '',
  cursor: undefined,
  committed: 0,
  floor: 0,
  pruned: { head: 0, at: 0 },
  reached: undefined,
  active: 0,
  manifest: undefined,
  'told-manifest': undefined,
  'column-loads': [],
  'columns-since': { epoch: '', seq: 0 },
  comparison: null,
  compared_at: undefined,
  batch_limit: MAX_BATCH_EDITS,
  listed_at: 0,
  delayed: undefined,
  reported: { breaches: [], isHeard: true },
  marks: [],
  seal: undefined,
  metrics: undefined,
  metrics_told: undefined,
  points: [],
}

/** How a fact is read and written. */
type Format<Value> = { readonly print: (value: Value) => string; readonly parse: (stored: string) => Value }

const text = { print: String, parse: String }

const number = {
  print: String,
  parse(stored: string): number {
    const value = Number(stored)
    if (stored === '' || !Number.isFinite(value)) throw new Error(`${JSON.stringify(stored)} is no number`)
    return value
  },
}

// What is stored was written here, so it is read back as the type it was written with.
const json = { print: JSON.stringify, parse: JSON.parse }

/** Stored as an empty text once it is done. */
const comparison: Format<CompareCursor | null> = {
  print: (value) => (value === null ? '' : JSON.stringify(value)),
  parse: (stored) => (stored === '' ? null : JSON.parse(stored)),
}

const delayed = {
  ...json,
  /** Another version may have stored what this one cannot read; then the next call tells how things are. */
  parse(stored: string): Delayed | undefined {
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), delayedSchema), stored)
    return read.success ? read.output : undefined
  },
}

const FORMATS: { readonly [Key in keyof Facts]: Format<Facts[Key]> } = {
  tenant: text,
  epoch: text,
  cursor: text,
  committed: number,
  floor: number,
  pruned: json,
  reached: text,
  active: number,
  manifest: json,
  'told-manifest': text,
  'column-loads': json,
  'columns-since': json,
  comparison,
  compared_at: number,
  batch_limit: number,
  listed_at: number,
  delayed,
  reported: json,
  marks: json,
  seal: text,
  metrics: json,
  metrics_told: json,
  points: json,
}

/** What is about one log, and ends with it. */
const OF_A_LOG = ['cursor', 'committed', 'floor', 'pruned', 'reached'] as const

/** The table `meta`: one record of facts, held in memory. What another version stored beside them is left alone. */
export class Meta {
  readonly #sql: Sql
  readonly #write: Sql
  #facts: Facts | undefined
  #factsBefore: Facts | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  /** A fact, or what it is while it is not stored. Throws if what is stored cannot be read. */
  get<Key extends keyof Facts>(key: Key): Facts[Key] {
    this.#facts ??= this.#read()
    return this.#facts[key]
  }

  /** Stores a fact in the place of what it was; undefined drops it. */
  put<Key extends keyof Facts>(key: Key, value: Facts[Key]): void {
    if (value === undefined) {
      this.drop(key)
      return
    }
    const facts = this.#facts ?? this.#read()
    const stored = FORMATS[key].print(value)
    this.#write.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, stored)
    // Another record: the one that there was is what it goes back to.
    this.#facts = { ...facts, [key]: value }
  }

  /** Drops a fact, if there is one. */
  drop(key: keyof Facts): void {
    this.#write.exec('DELETE FROM meta WHERE key = ?', key)
    this.#facts = undefined
  }

  /** Another log begins. */
  beginLog(epoch: string): void {
    this.#write.exec(`DELETE FROM meta WHERE key IN (${OF_A_LOG.map((key) => `'${key}'`).join()})`)
    this.#facts = undefined
    this.put('epoch', epoch)
  }

  clear(): void {
    this.#write.exec('DELETE FROM meta')
    this.#facts = undefined
  }

  begin(): void {
    this.#factsBefore = this.#facts
  }

  forget(): void {
    this.#facts = this.#factsBefore
  }

  #read(): Facts {
    const facts = { ...ABSENT }
    const rows = this.#sql.exec<{ key: string; value: string }>('SELECT key, value FROM meta')
    for (const { key, value } of rows) if (isFact(key)) take(facts, key, value)
    return facts
  }
}

const isFact = (key: string): key is keyof Facts => Object.hasOwn(FORMATS, key)

function take<Key extends keyof Facts>(facts: Facts, key: Key, stored: string): void {
  try {
    facts[key] = FORMATS[key].parse(stored)
  } catch (thrown) {
    throw new Error(`the fact ${key} of this object cannot be read: ${String(thrown)}`)
  }
}
