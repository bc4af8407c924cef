import type { Proposal } from '../../core/edits/proposal.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'

type Stored = { proposal: string }

/** The table `proposal`: the edits that Postgres is to have first, in the order in which they came; one per client. */
export class ProposalStore {
  readonly #sql: Sql
  readonly #write: Sql
  #size: number | undefined
  #sizeBefore: number | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  of(client: string): Proposal | undefined {
    // Asked for each edit, and almost always there are none.
    if (this.size === 0) return undefined
    const [found] = this.#sql.exec<Stored>('SELECT proposal FROM proposal WHERE client = ?', client).toArray()
    return found && JSON.parse(found.proposal)
  }

  /** The oldest first. */
  *all(): Generator<Proposal> {
    for (const { proposal } of this.#sql.exec<Stored>('SELECT proposal FROM proposal ORDER BY place'))
      yield JSON.parse(proposal)
  }

  get size(): number {
    this.#size ??= this.#sql.exec<{ size: number }>('SELECT count(*) AS size FROM proposal').one().size
    return this.#size
  }

  /** When the first is due of those that Postgres was not asked about, in ms since 1970. */
  get dueAt(): number | undefined {
    if (this.size === 0) return undefined
    const { due } = this.#sql
      .exec<{ due: number | null }>('SELECT min(due_at) AS due FROM proposal WHERE asked = 0')
      .one()
    return due ?? undefined
  }

  /** Keeps new and changed ones, and drops the settled. */
  write(changed: ReadonlyMap<string, Proposal | undefined>): void {
    for (const [client, proposal] of changed) {
      if (proposal) this.#put(proposal)
      else this.#write.exec('DELETE FROM proposal WHERE client = ?', client)
    }
    if (changed.size > 0) this.#size = undefined
  }

  clear(): void {
    this.#write.exec('DELETE FROM proposal')
    this.#size = undefined
  }

  begin(): void {
    this.#sizeBefore = this.#size
  }

  forget(): void {
    this.#size = this.#sizeBefore
  }

  #put(proposal: Proposal): void {
    this.#write.exec(
      `INSERT INTO proposal (client, due_at, asked, proposal) VALUES (?, ?, ?, ?)
         ON CONFLICT (client) DO UPDATE SET due_at = excluded.due_at, asked = excluded.asked, proposal = excluded.proposal`,
      proposal.client,
      proposal.dueAt ?? null,
      proposal.asked ? 1 : 0,
      JSON.stringify(proposal),
    )
  }
}
