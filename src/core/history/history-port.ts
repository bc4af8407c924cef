import type { HistoryPlace } from '../../protocol/history.ts'
import type { Refusal } from '../outbox/batch.ts'
import type { Attempt } from '../outbox/postgres-port.ts'
import type { PastEntry } from './past.ts'

/** An entry as Postgres keeps it: why it refused it is in its own words. */
export type StoredEntry = Omit<PastEntry, 'refused'> & { readonly refusal?: Refusal }

/** A page of what Postgres knows of a record's past, the newest first. */
export type StoredPage = {
  /** How far which log is in Postgres: what is later is not in any page. */
  readonly epoch: string
  readonly applied: number
  readonly entries: readonly StoredEntry[]
  readonly more: boolean
}

/** A page to read: what is older than a place, or the newest, and how many entries at the most. */
export type PastRange = { readonly before?: HistoryPlace | undefined; readonly limit: number }

/** The audit history of Postgres, as the tenant object reads it. Never throws; every call ends within its deadline. */
export interface HistoryPort {
  page(collection: string, id: string, range: PastRange): Promise<Attempt<StoredPage>>
  /** One edit with all that it changed; undefined where the history does not have it. */
  edit(place: HistoryPlace): Promise<Attempt<StoredEntry | undefined>>
}
