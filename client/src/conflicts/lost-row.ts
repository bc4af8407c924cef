import { type ItemChange, itemsOf } from '../../../src/core/records/items.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { ConflictSide, ConflictState, Resolution } from '../api/conflicts.ts'
import type { ShownRow } from '../replica/shown-row.ts'

/** A row of the conflicts collection: one losing value. */
export type LostRow = {
  readonly id: string
  readonly collection: string
  readonly record: string
  readonly field: string | null
  readonly policy: string
  readonly asked: boolean
  readonly base: Known
  readonly winner: Side
  readonly loser: Side
  readonly added: Added | undefined
  readonly result: Known
  readonly epoch: string
  readonly seq: number
  readonly at: string
  readonly state: ConflictState
  readonly resolution: Resolution | null
  readonly resolvedBy: string | null
}

export type Side = ConflictSide & { readonly value: Value }

/** The part of an update that came to nothing which adds up: a number, or items. It is no value to be set. */
export type Added = { readonly add: number } | { readonly items: ItemChange }

/** A value that may be null itself, where it is known. */
type Known = { readonly value: Value } | undefined

export function readLostRow(row: ShownRow): LostRow {
  const resolvedBy = row['resolvedBy']
  const field = row['field']
  return {
    id: text(row['id']),
    collection: text(row['collection']),
    record: text(row['record']),
    field: typeof field === 'string' ? field : null,
    policy: text(row['policy']),
    asked: row['asked'] === true,
    base: known(row['base']),
    winner: side(row['winner'], row['winnerBy'], true),
    loser: side(row['loser'], row['loserBy'], false),
    added: added(row['loser']),
    result: known(row['result']),
    epoch: text(row['epoch']),
    seq: number(row['seq']),
    at: text(row['at']),
    state: state(row['state']),
    resolution: resolution(row['resolution']),
    resolvedBy: typeof resolvedBy === 'string' ? resolvedBy : null,
  }
}

function side(given: Value | undefined, by: Value | undefined, won: boolean): Side {
  const { value = null, client = '' } = isObject(given) ? given : {}
  return Object.freeze({ value, by: text(by), client: text(client), won })
}

function added(given: Value | undefined): Added | undefined {
  const op = isObject(given) ? given['op'] : undefined
  if (!isObject(op)) return undefined
  const { add, items } = op
  if (typeof add === 'number') return { add }
  return isObject(items)
    ? { items: { add: itemsOf(items['add']), remove: itemsOf(items['remove']) } }
    : undefined
}

function known(given: Value | undefined): Known {
  return isObject(given) && given['value'] !== undefined ? { value: given['value'] } : undefined
}

function state(value: Value | undefined): ConflictState {
  return value === 'superseded' || value === 'resolved' ? value : 'open'
}

function resolution(value: Value | undefined): Resolution | null {
  return value === 'kept' || value === 'restored' || value === 'replaced' || value === 'dismissed'
    ? value
    : null
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

function number(value: Value | undefined): number {
  return typeof value === 'number' ? value : 0
}

function isObject(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
