import type { Random } from '../../../dev/harness/random.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Incident } from '../campaign/script.ts'
import type { InPostgres } from '../judge/client-checker.ts'
import type { Link } from '../world/link.ts'
import type { Token } from '../world/tokens.ts'

/** What a tenant's object has stored. */
export type Stored = {
  readonly epoch: string
  readonly entries: readonly LogEntry[]
  readonly records: readonly (readonly [collection: string, id: string, row: Row])[]
}

/** What Postgres holds of a tenant, and how much of its log that is. */
export type Kept = InPostgres & { readonly applied: number }

/** Real parts on which a plan is played: a Worker, its objects, and Postgres. */
export type Ground = {
  /** Opens a socket to the Worker, and ties it to a link. */
  connect(link: Link, token: string): void
  sign(token: Token): Promise<string>
  /** Somebody else writes into Postgres. */
  writeExternal(statement: { readonly text: string; readonly params: readonly unknown[] }): Promise<void>
  /** Lets something befall a tenant; resolves when the next thing may. */
  strike(what: Exclude<Incident, 'external'>, tenant: string, random: Random): Promise<void>
  /** Ends everything that fails. */
  heal(): Promise<void>
  stored(tenant: string): Promise<Stored>
  inPostgres(tenant: string): Promise<Kept>
}
