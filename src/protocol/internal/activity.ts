import type { TenantHealth } from './tenant-answers.ts'

/** A point of a plot: a value for each name of an activity, of an interval that ended `at`, in ms since 1970. */
export type ActivityPoint = { readonly at: number; readonly values: readonly number[] }

/** A change of one record, told without its values: each field with what may be said of it. */
export type MaskedChange = {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

/** An entry of the log as an operator sees it. `at` is in ms since 1970. */
export type MaskedEntry = {
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly subject: string
  readonly isCommitted: boolean
  /** Set where it undoes another: which, and by which code. */
  readonly reverts?: { readonly seq: number; readonly code: string }
  readonly changes: readonly MaskedChange[]
  /** Changes that are not listed, because there are many. */
  readonly more: number
}

/** Somebody who is connected. `heardAt` is in ms since 1970; `client` is empty before the hello. */
export type ConnectedSession = {
  readonly id: string
  readonly subject: string
  readonly client: string
  readonly protocol: number
  readonly heardAt: number
  readonly subscriptions: number
  readonly isBehind: boolean
}

/** An open conflict, without the values that met. */
export type OpenConflict = {
  readonly collection: string
  readonly record: string
  readonly field: string | null
  readonly policy: string
  readonly at: string
}

/** The activity in a tenant, for an operator who looks. Lists have their newest first, as many as there is room for. */
export type TenantActivity = {
  readonly health: TenantHealth
  readonly names: readonly string[]
  /** Of the last hour, the oldest first; the last one is up to now. */
  readonly points: readonly ActivityPoint[]
  readonly sessions: readonly ConnectedSession[]
  readonly conflicts: readonly OpenConflict[]
  readonly entries: readonly MaskedEntry[]
}

/** An act that an operator may have a tenant's object do at once. */
export type Act = 'poll' | 'compare' | 'rehydrate'
