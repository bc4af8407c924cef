import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { PgTable } from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import type { Application, Claims, Rules } from '../core/app/application.ts'
import { isBuiltIn } from '../core/app/built-in.ts'
import { conflictsCollection } from '../core/app/conflicts-collection.ts'
import { isReserved } from '../core/app/reserved-names.ts'
import { hashText } from '../core/records/hash.ts'
import { deadlineSchema } from '../protocol/edit.ts'
import type { Collection } from '../protocol/manifest.ts'
import type {
  CollectionOptions,
  InsertOf,
  MergeOptions,
  RowOf,
  SetColumns,
  Tables,
} from './collection-options.ts'
import { conflictRules, conflictsIndexes, conflictsTable, toConflictOptions } from './conflict-rules.ts'
import { describeTable, type SqlTable } from './describe-table.ts'
import { type BuiltIn, notificationCollections } from './notification-rules.ts'
import { type Kinds, type NotificationDeclaration, toNotificationOptions } from './notify-options.ts'
import { toRules } from './to-rules.ts'

type WireOptions = Pick<
  CollectionOptions<Tables, string, unknown, unknown>,
  'insertOnly' | 'deletes' | 'durability' | 'deadlineMs'
>

/** Any application, as the Worker and the object use it. */
export type TidemarkApp = Application & {
  readonly claims: StandardSchemaV1<unknown, { sub: string; tenant: string }>
  /** In the order of declaration: a table comes after those it refers to. */
  readonly tables: ReadonlyMap<string, SqlTable>
  /** The same tables as they were declared, without the engine's own; for tools. */
  readonly declared: ReadonlyMap<string, PgTable>
  /** By collection, the lists of columns that the object keeps indexes for. */
  readonly indexes: ReadonlyMap<string, readonly (readonly string[])[]>
}

/** Types the client takes from an application by `import type`. */
export type CollectionTypes = { readonly row: object; readonly insert: object; readonly sets?: PropertyKey }

/** An application: what both sides know, what the object runs, and how Postgres stores it. */
export type App<
  All extends Tables = Tables,
  AppClaims = unknown,
  Types extends Record<string, CollectionTypes> = Record<never, never>,
  Declared extends Kinds = Kinds,
> = TidemarkApp & {
  readonly claims: StandardSchemaV1<unknown, AppClaims & { sub: string; tenant: string }>
  /** Never set: carry types to the client. */
  readonly types?: Types
  readonly kinds?: Declared
  collection<
    Name extends Exclude<keyof All & string, keyof Types>,
    const Merge extends MergeOptions<All[Name]>,
  >(
    name: Name,
    options?: CollectionOptions<All, Name, Merge, AppClaims, Declared>,
  ): App<
    All,
    AppClaims,
    Types & {
      readonly [K in Name]: {
        row: RowOf<All[Name]>
        insert: InsertOf<All[Name], Merge>
        sets: SetColumns<Merge>
      }
    },
    Declared
  >
}

/**
 * Starts an application's definition.
 *
 * @example defineApp({ tables, claims }).collection('cards', { merge: { reactions: counter() } })
 */
export function defineApp<const All extends Tables, AppClaims, Declared extends Kinds = Kinds>(
  definition: Definition<All, AppClaims, Declared>,
): App<All, AppClaims, Record<never, never>, Declared> {
  return extend(definition, { collections: [], rules: new Map(), tables: new Map(), indexes: new Map() })
}

/** What the calls of `collection` have gathered. */
type Gathered = {
  collections: readonly Collection[]
  rules: ReadonlyMap<string, Rules>
  tables: ReadonlyMap<string, SqlTable>
  indexes: TidemarkApp['indexes']
}

type Definition<All extends Tables, AppClaims, Declared extends Kinds> = {
  tables: All
  /** What a token has to say of a person, by any library that speaks Standard Schema: Valibot, Zod, ArkType. */
  claims: StandardSchemaV1<unknown, AppClaims & { sub: string; tenant: string }>
  /**
   * The claims that people are shown of each other where they meet: the one that is a person's name, without which
   * it is their subject, and others. Nothing else of a token is shown.
   */
  presence?: {
    readonly name?: ClaimOf<AppClaims>
    readonly show?: readonly ClaimOf<AppClaims>[]
  }
  /**
   * `review`: whether somebody sees the conflicts of all people, and not only the own. Default: nobody.
   * `keepDays`: days that a conflict is kept once it is closed, since it was found. Default: 90.
   */
  conflicts?: { readonly review?: (request: { claims: AppClaims }) => boolean; readonly keepDays?: number }
  /** Has people told of what happens, by the `notify` rules of collections. */
  notifications?: NotificationDeclaration<Declared, AppClaims>
}

/** The claims that an application declares by name. */
type ClaimOf<AppClaims> = keyof {
  [Claim in keyof AppClaims as string extends Claim ? never : Claim]: true
} &
  string

function extend<
  const All extends Tables,
  AppClaims,
  Types extends Record<string, CollectionTypes>,
  Declared extends Kinds,
>(
  definition: Definition<All, AppClaims, Declared>,
  gathered: Gathered,
): App<All, AppClaims, Types, Declared> {
  const { collections, rules, tables, indexes } = gathered
  const { name, show = [] } = definition.presence ?? {}
  return {
    shown: { ...(name !== undefined && { name }), others: show },
    claims: definition.claims,
    declared: new Map(
      collections.map(({ name }) => [name, definition.tables[name]] as const).filter(isThere),
    ),
    ...withBuiltIn(definition, gathered),
    collection(name, options = {}) {
      if (isBuiltIn(name)) throw new Error(`collection "${name}": names that begin so are Tidemark's own`)
      if (isReserved(name))
        throw new Error(
          `collection "${name}": a client has a member of this name; give the collection another`,
        )
      const table = definition.tables[name]
      if (!table) throw new Error(`there is no table for collection "${name}"`)
      if (options.notify && !definition.notifications)
        throw new Error(`collection "${name}": notify asks for notifications of defineApp`)
      const { columns, sql } = describeTable(name, table, options.merge ?? {})
      const { writes = 'net' } = options
      const known = new Set(columns.map((column) => column.name))
      const unknown = options.indexes?.flat().find((column) => !known.has(column))
      if (unknown !== undefined)
        throw new Error(`collection "${name}": there is no column "${unknown}" to index`)
      return extend(definition, {
        collections: [...collections, { name, columns, ...wireOptions(name, options) }],
        rules: new Map(rules).set(name, toRules(Object.keys(definition.tables), options)),
        tables: new Map(tables).set(name, { ...sql, writes }),
        indexes: new Map(indexes).set(name, options.indexes ?? []),
      })
    },
  }
}

const isThere = (entry: readonly [string, PgTable | undefined]): entry is readonly [string, PgTable] =>
  entry[1] !== undefined

/** What was gathered, and the collections that every application has. */
function withBuiltIn<All extends Tables, AppClaims, Declared extends Kinds>(
  { conflicts, notifications }: Definition<All, AppClaims, Declared>,
  { collections, rules, tables, indexes }: Gathered,
): Omit<TidemarkApp, 'claims' | 'declared'> {
  const review = conflicts?.review
  const reviews = review && ((claims: Claims) => review({ claims: claims as AppClaims }))
  const declared = { manifest: { hash: '', collections: [...collections] }, rules }
  const options = notifications && toNotificationOptions(notifications)
  const builtIn: BuiltIn[] = [
    {
      collection: conflictsCollection,
      table: conflictsTable,
      indexes: conflictsIndexes,
      rules: conflictRules(declared, reviews),
    },
    ...(options ? notificationCollections(declared, options) : []),
  ]
  const all = [...collections, ...builtIn.map(({ collection }) => collection)]
  const byName = <Part extends keyof BuiltIn>(part: Part) =>
    builtIn.map((one) => [one.collection.name, one[part]] as const)
  return {
    manifest: { hash: hashText(JSON.stringify(all)), collections: all },
    rules: new Map([...rules, ...byName('rules')]),
    tables: new Map([...tables, ...byName('table')]),
    indexes: new Map([...indexes, ...byName('indexes')]),
    conflicts: toConflictOptions(conflicts?.keepDays),
    ...(options && { notifications: options }),
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
