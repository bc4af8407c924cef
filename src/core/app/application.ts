import type { Op } from '../../protocol/edit.ts'
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

export type Effect = (port: EffectPort, row: Row) => void

/** The rules of one collection beyond its manifest: code, so the object's alone. */
export type Rules = {
  /** True, or the sentence that says why not. `row` is the record as it stands, if it exists. */
  write?(request: { claims: Claims; op: Op; row: Row | undefined }): true | string
  effects?: { insert?: Effect }
  /** The records that somebody may see. Everything when absent. */
  read?(claims: Claims): Filter
  /** The columns that somebody does not get to see. */
  hidden?(claims: Claims): readonly string[]
  /** The cache tags of a record. */
  tags?(row: Row): readonly string[]
}

/** The application as the core sees it: data for both sides, code for the object. */
export type Application = {
  readonly manifest: Manifest
  readonly rules: ReadonlyMap<string, Rules>
}

/** A collection by the name a client sent. */
export function findCollection(manifest: Manifest, name: string): Collection | undefined {
  return manifest.collections.find((collection) => collection.name === name)
}
