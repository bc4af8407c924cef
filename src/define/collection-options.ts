import type { InferSelectModel } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Delta, WriteOp } from '../core/app/application.ts'
import type { EffectPolicy, PolicyFor, SetPolicy } from '../core/app/policies.ts'
import type { Where } from '../core/query/where.ts'
import type { Writes } from './describe-table.ts'
import type { Kinds, NotifyRules } from './notify-options.ts'

/** The tables of an application, by collection. */
export type Tables = Readonly<Record<string, PgTable>>

/** A row as the application sees it: the tenant's column is the server's business. */
export type RowOf<Table extends PgTable> = {
  [Column in keyof Omit<InferSelectModel<Table>, 'tenantId'>]: Arriving<InferSelectModel<Table>[Column]>
}

/** A value as it arrives, which is JSON, where the type of Drizzle's says what its driver would make of it. */
type Arriving<Given> = Given extends Date ? string : Given extends bigint ? number : Given

export type MergeOptions<Table extends PgTable> = {
  readonly [Column in keyof Omit<RowOf<Table>, 'id'>]?: PolicyFor<
    Omit<RowOf<Table>, 'id'>[Column],
    IsOf<Table['_']['columns'], Column, OrderedColumn>,
    IsOf<Table['_']['columns'], Column, 'PgArray'>,
    IsProse<Table['_']['columns'], Column>
  >
}

/** Whether a column is of one of these types of Drizzle's. */
type IsOf<Columns, Name, Type> = Name extends keyof Columns
  ? Columns[Name] extends { readonly _: { readonly columnType: Type } }
    ? true
    : false
  : false

/** Whether a column holds any text: not one of a list, and not a date. */
type IsProse<Columns, Name> = Name extends keyof Columns
  ? Columns[Name] extends { readonly _: { readonly columnType: 'PgText'; readonly data: infer Data } }
    ? string extends Data
      ? true
      : false
    : false
  : false

/** Columns whose values have an order that is the same everywhere, which those of a text have not. */
type OrderedColumn =
  | 'PgSmallInt'
  | 'PgInteger'
  | 'PgBigInt53'
  | 'PgBigInt64'
  | 'PgReal'
  | 'PgDoublePrecision'
  | 'PgNumericNumber'
  | 'PgDate'
  | 'PgDateString'
  | 'PgTime'
  | 'PgTimestamp'
  | 'PgTimestampString'

/** The columns that only effects write. */
type EffectColumns<Merge> = { [K in keyof Merge]: Merge[K] extends EffectPolicy ? K : never }[keyof Merge]

/** The columns that are sets. */
export type SetColumns<Merge> = { [K in keyof Merge]-?: Merge[K] extends SetPolicy ? K : never }[keyof Merge]

/**
 * The values of an insert: the id may be left out, effect columns must be. Taken from the table itself, because
 * TypeScript 5 loses the columns that may be left out where Drizzle's type is asked about a table not yet known.
 */
export type InsertOf<Table extends PgTable, Merge> = {
  [Column in keyof Omit<Table['$inferInsert'], 'tenantId' | 'id' | EffectColumns<Merge>>]: Arriving<
    Table['$inferInsert'][Column]
  >
} & {
  id?: string
}

/** The collections as an effect holds them, typed by the application. */
export type EffectTransaction<All extends Tables> = {
  readonly [Name in keyof All]: {
    get(id: string): RowOf<All[Name]> | undefined
    update(
      id: string,
      fields: { [Column in keyof RowOf<All[Name]>]?: RowOf<All[Name]>[Column] | Delta },
    ): void
  }
} & {
  /** Rejects the whole edit with a sentence for its author. */
  refuse(message: string): never
}

/** The behaviour of one collection. */
export type CollectionOptions<
  All extends Tables,
  Name extends keyof All,
  Merge,
  AppClaims,
  Declared extends Kinds = Kinds,
> = {
  /** Merge policy per column; `lww()` where none is named. */
  merge?: Merge
  /** Records are only ever inserted. */
  insertOnly?: boolean
  /** Whether a delete wins over a concurrent update. Default `win`. */
  deletes?: 'win' | 'lose'
  /** `committed`: an edit that touches this collection is Postgres first; nobody sees it before. */
  durability?: 'committed'
  /** Milliseconds after which such an edit is refused, if Postgres does not have it by then. Default: never. */
  deadlineMs?: number
  /**
   * `each`: the table's own triggers see every edit by itself, two updates of one row as two. Slower.
   * Default `net`: edits that go to Postgres together are written as what they come to.
   */
  writes?: Writes
  /** True, or the sentence that tells the author why not. */
  write?: (request: { claims: AppClaims; op: WriteOp; row: RowOf<All[Name]> | undefined }) => true | string
  /**
   * The records that somebody may see: conditions of the claims, applied before any query. Default: all.
   *
   * @example read: ({ claims }) => claims.role === 'viewer' ? where.not({ status: 'draft' }) : everything
   */
  read?: (request: { claims: AppClaims }) => Where<RowOf<All[Name]>>
  /** Columns that somebody does not get to see, nor to ask about. */
  hide?: {
    readonly [Column in keyof Omit<RowOf<All[Name]>, 'id'>]?: (request: { claims: AppClaims }) => boolean
  }
  /** The cache tags of a record. Default: `<collection>_list` and `<collection>_<id>`. */
  tags?: (row: RowOf<All[Name]>) => readonly string[]
  /** Columns that queries often ask for or sort by: the tenant's object keeps an index for each list. */
  indexes?: readonly (readonly (keyof RowOf<All[Name]> & string)[])[]
  /** Runs in the object, in the pass and under the seq of the edit that caused it. */
  effects?: { insert?: (tx: EffectTransaction<All>, row: RowOf<All[Name]>) => void }
  /** Who is told what of a change of a record. Asks for `notifications` of `defineApp`. */
  notify?: NotifyRules<All, AppClaims, { readonly [Table in keyof All]: RowOf<All[Table]> }, Name, Declared>
}
