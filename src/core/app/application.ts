import type { Op, RestoreOp } from '../../protocol/edit.ts'
import type { Collection, Manifest } from '../../protocol/manifest.ts'
import type { Filter } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'

/** The claims of whoever is asking, as the verified token says them. The application's own claims ride along. */
export type Claims = { readonly sub: string; readonly tenant: string; readonly [claim: string]: unknown }

/** A change by a delta, for the fields an effect writes. */
export class Delta {
  readonly by: number

  constructor(by: number) {
    this.by = by
  }
}

/** In an effect: moves a counter by `by` instead of setting it. */
export function add(by: number): Delta {
  return new Delta(by)
}

/** The reach of an effect: to read and write other records in the pass of the edit that caused it. */
export type EffectPort = {
  get(collection: string, id: string): Row | undefined
  update(collection: string, id: string, fields: Readonly<Record<string, Value | Delta>>): void
  /** Rejects the whole edit with a sentence for its author. Does not return. */
  refuse(message: string): never
}

/**
 * Merges two values of a column whose authors had not seen each other's. Pure: the same three always come to the
 * same. `base` is what the author of `incoming` had in sight; undefined where that is not known.
 */
export type MergeFunction = (base: Value | undefined, current: Value, incoming: Value) => Value

export type Effect = (port: EffectPort, row: Row) => void

/** An operation as a rule judges it: a deleted record that is brought back is an insert of its row. */
export type WriteOp = Exclude<Op, RestoreOp>
/** A change of a record, as a rule for notifications is given it. */
export type Happened = {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  /** The record after it; of a deleted one what it held. */
  readonly row: Row
  /** The record before it; that of an insert is the same as after. */
  readonly before: Row
}

/** The ground of a rule for notifications: who did it, and other records as the edit leaves them. */
export type NotifyPort = {
  get(collection: string, id: string): Row | undefined
  /** The subject of the author; empty where nobody is named. */
  readonly by: string
  /** What the author's token said; undefined for a change made in Postgres. */
  readonly claims: Claims | undefined
}

/** A rule for notifications. What it gives is judged before it is believed: one, a list of them, or nothing. */
export type NotifyRule = (happened: Happened, port: NotifyPort) => unknown

/** An application's word on notifications as a whole. */
export type NotificationOptions = {
  /** The claims by which an audience may be chosen, besides the subject. */
  readonly audience: readonly string[]
  /** Whether people are told of conflicts that wait for them, and of edits of theirs that Postgres refused. */
  readonly conflicts: boolean
  readonly refusals: boolean
  /** Milliseconds that a notification is kept, and one whose only reader has read or archived it. */
  readonly keepMs: number
  readonly keepReadMs: number
}

/** The means to judge what the engine itself writes into a record that somebody inserts or updates. */
export type Stamping = {
  readonly claims: Claims
  readonly op: Op
  /** Milliseconds since 1970. */
  readonly at: number
  /** A record that the author may read, as it is by now. */
  readonly readable: (collection: string, id: string) => Row | undefined
}

/** The rules of one collection beyond its manifest: code, so the object's alone. */
export type Rules = {
  /** True, or the sentence that says why not. `row` is the record as it stands, if it exists. */
  write?(request: { claims: Claims; op: WriteOp; row: Row | undefined }): true | string
  effects?: { insert?: Effect }
  /** By column, for those of the policy `merge`. */
  merges?: Readonly<Record<string, MergeFunction>>
  /** What the engine itself writes into a record that somebody inserts or updates; or the sentence that says why not. */
  stamp?(request: Stamping): Row | string
  /** Who is told what of a change, by its kind. */
  notify?: { readonly [Kind in Happened['kind']]?: NotifyRule | undefined }
  /** The records that somebody may see. Everything when absent. */
  read?(claims: Claims): Filter
  /** The columns that somebody does not get to see. */
  hidden?(claims: Claims): readonly string[]
  /** The cache tags of a record. */
  tags?(row: Row): readonly string[]
}

/** The claims that people are shown of each other: the one that is a person's name, and others. */
export type ShownClaims = { readonly name?: string; readonly others: readonly string[] }

/** The application as the core sees it: data for both sides, code for the object. */
export type Application = {
  readonly manifest: Manifest
  readonly rules: ReadonlyMap<string, Rules>
  /** What people are shown of each other's claims, besides their subjects. */
  readonly shown?: ShownClaims
  /** Milliseconds that a closed conflict is kept. Absent where the application has none. */
  readonly conflicts?: { readonly keepMs: number }
  /** Absent where the application has no notifications, and none of their collections. */
  readonly notifications?: NotificationOptions
}

/** A collection by the name a client sent. */
export function findCollection(manifest: Manifest, name: string): Collection | undefined {
  return manifest.collections.find((collection) => collection.name === name)
}
