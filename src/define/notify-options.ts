import type { PgTable } from 'drizzle-orm/pg-core'
import type { Happened, NotificationOptions, NotifyPort, Rules } from '../core/app/application.ts'
import type { Audience } from '../core/app/audience.ts'

type Tables = Readonly<Record<string, PgTable>>

/** The kinds of an application's notifications, with the data that each carries. */
export type Kinds = Readonly<Record<string, object>>

/** Kinds as an application declares them: types only, for its rules and for its clients. */
export type KindsOf<Declared extends Kinds> = { readonly kinds?: Declared }

/**
 * Declares the kinds of an application's notifications by their types alone.
 *
 * @example kinds<{ 'card-finished': { number: string } }>()
 */
export function kinds<Declared extends Kinds>(): KindsOf<Declared> {
  return {}
}

/** An application's word on its notifications as a whole; it has none without. */
export type NotificationDeclaration<Declared extends Kinds, AppClaims> = {
  readonly kinds?: KindsOf<Declared>
  /** The claims by which `role` and `people` may choose whom to tell. */
  readonly audience?: readonly (keyof AppClaims & string)[]
  /** Whether people are told, as `conflict`, that a conflict waits for them. Default: yes. */
  readonly conflicts?: boolean
  /** Whether people are told, as `refused`, that Postgres has refused an edit of theirs. Default: yes. */
  readonly refusals?: boolean
  /** Days that a notification is kept. Default: 90. */
  readonly keepDays?: number
  /** Days that one for a single person is kept after that person has read or archived it. Default: 30. */
  readonly keepReadDays?: number
}

/** Whom to tell: a subject, people by their claims, or a list of up to 50 of such. Null and `''` are nobody. */
type To = string | null | Audience | readonly (string | null | Audience)[]

type Data<Carried> =
  Record<never, never> extends Carried ? { readonly data?: Carried } : { readonly data: Carried }

/** A notification as a rule gives it. */
type Given<Declared extends Kinds, Column> = {
  readonly [Kind in keyof Declared & string]: Data<Declared[Kind]> & {
    readonly to: To
    readonly kind: Kind
    /** Those of one kind and group are shown as one. */
    readonly group?: string
    /** Nobody is told a second time under this key, as long as the first is kept. */
    readonly once?: string
    /** Its author is told as well, if among those it is for. */
    readonly self?: boolean
    /** Columns that `data` tells of: whoever may not see one of them is not told. */
    readonly fields?: readonly Column[]
  }
}[keyof Declared & string]

type Nothing = undefined | null | false

type Telling<Declared extends Kinds, Row> =
  | Given<Declared, keyof Row & string>
  | readonly (Given<Declared, keyof Row & string> | Nothing)[]
  | Nothing

/** The ground of a rule: who did it, and other records as the edit leaves them. */
type World<All extends Tables, AppClaims, RowOf extends Readonly<Record<keyof All, object>>> = {
  readonly rows: { readonly [Name in keyof All]: { get(id: string): RowOf[Name] | undefined } }
  /** The subject of the author: as the token says, or as the writer in Postgres is named; empty for nobody. */
  readonly by: string
  /** Undefined for what was written in Postgres. */
  readonly claims: AppClaims | undefined
}

/**
 * Rules that say who is told what of a change of a record, run in the pass of the edit: they can neither wait nor ask
 * anybody. Whoever made the change is not told, unless `self` says so.
 */
export type NotifyRules<
  All extends Tables,
  AppClaims,
  RowOf extends Readonly<Record<keyof All, object>>,
  Name extends keyof All,
  Declared extends Kinds,
> = {
  readonly insert?: (row: RowOf[Name], world: World<All, AppClaims, RowOf>) => Telling<Declared, RowOf[Name]>
  readonly update?: (
    row: RowOf[Name],
    world: World<All, AppClaims, RowOf> & { readonly before: RowOf[Name] },
  ) => Telling<Declared, RowOf[Name]>
  /** `row` is what the record held. */
  readonly delete?: (row: RowOf[Name], world: World<All, AppClaims, RowOf>) => Telling<Declared, RowOf[Name]>
}

/** Rules as the core calls them: of any application, with rows that its `validate` has checked. */
export type AnyNotifyRules = {
  readonly [Kind in Happened['kind']]?: ((row: object, world: object) => unknown) | undefined
}

/** An application's rules as the core has them. */
export function toNotify(names: readonly string[], rules: AnyNotifyRules): NonNullable<Rules['notify']> {
  const run = ({ kind, row, before }: Happened, { get, by, claims }: NotifyPort) => {
    const world = {
      // Made for the rules that ask for other records.
      get rows() {
        return Object.fromEntries(names.map((name) => [name, { get: (id: string) => get(name, id) }]))
      },
      by,
      claims,
    }
    return rules[kind]?.(row, kind === 'update' ? Object.assign(world, { before }) : world)
  }
  return {
    ...(rules.insert && { insert: run }),
    ...(rules.update && { update: run }),
    ...(rules.delete && { delete: run }),
  }
}

const DAY_MS = 86_400_000
const KEEP_DAYS = 90
const KEEP_READ_DAYS = 30

/** An application's options with what it left out. Throws, at start-up, on a time that is none. */
export function toNotificationOptions({
  audience = [],
  conflicts = true,
  refusals = true,
  keepDays = KEEP_DAYS,
  keepReadDays = Math.min(KEEP_READ_DAYS, keepDays),
}: Omit<NotificationDeclaration<Kinds, Readonly<Record<string, unknown>>>, 'kinds'>): NotificationOptions {
  for (const days of [keepDays, keepReadDays])
    if (!Number.isFinite(days) || days <= 0)
      throw new Error('notifications: keepDays and keepReadDays are days, more than none')
  return {
    audience: [...new Set(audience)],
    conflicts,
    refusals,
    keepMs: keepDays * DAY_MS,
    keepReadMs: keepReadDays * DAY_MS,
  }
}
