import type { InferInsertModel, InferSelectModel } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import type { Application, Claims, Delta, EffectPort, Rules } from '../core/app/application.ts'
import type { EffectPolicy, PolicyFor } from '../core/app/policies.ts'
import { toFilter, type Where } from '../core/query/where.ts'
import { hashText } from '../core/records/hash.ts'
import { deadlineSchema, type Op } from '../protocol/edit.ts'
import type { Collection } from '../protocol/manifest.ts'
import { describeTable, type SqlTable, type Writes } from './describe-table.ts'

type Tables = Readonly<Record<string, PgTable>>

/** A row as the application sees it: the tenant's column is the server's business. */
type RowOf<Table extends PgTable> = Omit<InferSelectModel<Table>, 'tenantId'>

type MergeOptions<Table extends PgTable> = {
  readonly [Column in keyof Omit<RowOf<Table>, 'id'>]?: PolicyFor<
    Omit<RowOf<Table>, 'id'>[Column],
    IsOrdered<Table['_']['columns'], Column>
  >
}

/** Whether a column's values have an order that is the same everywhere, which those of a text have not. */
type IsOrdered<Columns, Name> = Name extends keyof Columns
  ? Columns[Name] extends { readonly _: { readonly columnType: OrderedColumn } }
    ? true
    : false
  : false

type OrderedColumn = 'PgInteger' | 'PgBigInt53' | 'PgDoublePrecision' | 'PgDateString' | 'PgTimestampString'

/** The columns that only effects write. */
type EffectColumns<Merge> = { [K in keyof Merge]: Merge[K] extends EffectPolicy ? K : never }[keyof Merge]

/** What an insert takes: the id may be left out, effect columns must be. */
type InsertOf<Table extends PgTable, Merge> = Omit<
  InferInsertModel<Table>,
  'tenantId' | 'id' | EffectColumns<Merge>
> & {
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
export type CollectionOptions<All extends Tables, Name extends keyof All, Merge, AppClaims> = {
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
  write?: (request: { claims: AppClaims; op: Op; row: RowOf<All[Name]> | undefined }) => true | string
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
}

type WireOptions = Pick<
  CollectionOptions<Tables, string, unknown, unknown>,
  'insertOnly' | 'deletes' | 'durability' | 'deadlineMs'
>

/** Any application, as the Worker and the object use it. */
export type TidemarkApp = Application & {
  readonly claims: v.GenericSchema<unknown, { sub: string; tenant: string }>
  /** In the order of declaration: a table comes after those it refers to. */
  readonly tables: ReadonlyMap<string, SqlTable>
  /** By collection, the lists of columns that the object keeps indexes for. */
  readonly indexes: ReadonlyMap<string, readonly (readonly string[])[]>
}

/** Types the client takes from an application by `import type`. */
export type CollectionTypes = { readonly row: object; readonly insert: object }

/** An application: what both sides know, what the object runs, and how Postgres stores it. */
export type App<
  All extends Tables = Tables,
  AppClaims = unknown,
  Types extends Record<string, CollectionTypes> = Record<never, never>,
> = TidemarkApp & {
  readonly claims: v.GenericSchema<unknown, AppClaims & { sub: string; tenant: string }>
  /** Never set: carries types to the client. */
  readonly types?: Types
  collection<
    Name extends Exclude<keyof All & string, keyof Types>,
    const Merge extends MergeOptions<All[Name]>,
  >(
    name: Name,
    options?: CollectionOptions<All, Name, Merge, AppClaims>,
  ): App<
    All,
    AppClaims,
    Types & { readonly [K in Name]: { row: RowOf<All[Name]>; insert: InsertOf<All[Name], Merge> } }
  >
}

/**
 * Starts an application's definition.
 *
 * @example defineApp({ tables, claims }).collection('cards', { merge: { reactions: counter() } })
 */
export function defineApp<const All extends Tables, AppClaims>(definition: {
  tables: All
  claims: v.GenericSchema<unknown, AppClaims & { sub: string; tenant: string }>
}): App<All, AppClaims> {
  return extend(definition, { collections: [], rules: new Map(), tables: new Map(), indexes: new Map() })
}

/** What the calls of `collection` have gathered. */
type Gathered = {
  collections: readonly Collection[]
  rules: ReadonlyMap<string, Rules>
  tables: ReadonlyMap<string, SqlTable>
  indexes: TidemarkApp['indexes']
}

type Definition<All extends Tables, AppClaims> = {
  tables: All
  claims: v.GenericSchema<unknown, AppClaims & { sub: string; tenant: string }>
}

function extend<const All extends Tables, AppClaims, Types extends Record<string, CollectionTypes>>(
  definition: Definition<All, AppClaims>,
  gathered: Gathered,
): App<All, AppClaims, Types> {
  const { collections, rules, tables, indexes } = gathered
  return {
    claims: definition.claims,
    manifest: { hash: hashText(JSON.stringify(collections)), collections: [...collections] },
    rules,
    tables,
    indexes,
    collection(name, options = {}) {
      const table = definition.tables[name]
      if (!table) throw new Error(`there is no table for collection "${name}"`)
      const { columns, sql } = describeTable(name, table, options.merge ?? {})
      const { writes = 'net' } = options
      const known = new Set(columns.map((column) => column.name))
      const unknown = options.indexes?.flat().find((column) => !known.has(column))
      if (unknown !== undefined)
        throw new Error(`collection "${name}": there is no column "${unknown}" to index`)
      return extend(definition, {
        collections: [...collections, { name, columns, ...wireOptions(name, options) }],
        rules: new Map(rules).set(name, toRules(definition, options)),
        tables: new Map(tables).set(name, { ...sql, writes }),
        indexes: new Map(indexes).set(name, options.indexes ?? []),
      })
    },
  }
}

/** The options that both sides of the wire know. Throws, at start-up, on a deadline that cannot be kept. */
function wireOptions(
  name: string,
  { insertOnly = false, deletes = 'win', durability, deadlineMs }: WireOptions,
): Omit<Collection, 'name' | 'columns'> {
  if (deadlineMs !== undefined && (!durability || !v.is(deadlineSchema, deadlineMs))) {
    throw new Error(
      `collection "${name}": deadlineMs is whole milliseconds up to a week, beside durability: 'committed'`,
    )
  }
  return {
    insertOnly,
    deletes,
    ...(durability && { durability }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  }
}

/**
 * The application's typed functions as the core calls them. The casts are sound because the core
 * hands over rows that `validate` checked against these same columns, and claims that the
 * application's own schema parsed.
 */
function toRules<All extends Tables, Name extends keyof All, Merge, AppClaims>(
  definition: Definition<All, AppClaims>,
  options: CollectionOptions<All, Name, Merge, AppClaims>,
): Rules {
  const { write, effects, read, hide, tags } = options
  const insert = effects?.insert
  return {
    ...(read && { read: (claims: Claims) => toFilter(read({ claims: claims as AppClaims })) }),
    ...(hide && { hidden: (claims: Claims) => hiddenColumns(hide, claims as AppClaims) }),
    ...(tags && { tags: (row: object) => tags(row as RowOf<All[Name]>) }),
    ...(write && {
      write: ({ claims, op, row }: { claims: Claims; op: Op; row: object | undefined }) =>
        write({ claims: claims as AppClaims, op, row: row as RowOf<All[Name]> | undefined }),
    }),
    ...(insert && {
      effects: {
        insert: (port: EffectPort, row: object) =>
          insert(
            effectTransaction(Object.keys(definition.tables), port) as EffectTransaction<All>,
            row as RowOf<All[Name]>,
          ),
      },
    }),
  }
}

function hiddenColumns<AppClaims>(
  hide: Readonly<Record<string, ((request: { claims: AppClaims }) => boolean) | undefined>>,
  claims: AppClaims,
): string[] {
  return Object.keys(hide).filter((column) => hide[column]?.({ claims }))
}

function effectTransaction(names: readonly string[], port: EffectPort): object {
  const collections = names.map((name) => [
    name,
    {
      get: (id: string) => port.get(name, id),
      update: (id: string, fields: Parameters<EffectPort['update']>[2]) => port.update(name, id, fields),
    },
  ])
  return { ...Object.fromEntries(collections), refuse: port.refuse }
}
