import type { Edit } from '../../protocol/edit.ts'
import type { TokenMarks } from '../../protocol/internal/credential.ts'
import type { Claims } from '../app/application.ts'
import type { Change, Conflict } from '../log/log.ts'

/**
 * An edit that Postgres is to have first. Until it does, the edit has no place in the log and no effect,
 * and its client's later edits wait.
 */
export type Proposal = {
  readonly client: string
  readonly claims: Claims
  /** What its author's token says of itself; absent from one that was kept before tokens could be revoked. */
  readonly marks?: TokenMarks
  readonly edit: Edit
  readonly hash: string
  /** When it came, and by when Postgres has to have it; in ms since 1970. */
  readonly at: number
  readonly dueAt?: number
  /** Postgres was asked, so nobody but Postgres can say any more that it does not have the edit. */
  readonly asked: boolean
}

/** A question to Postgres about a proposal: to make these changes, or refuse it from now on. */
export type Question = {
  readonly client: string
  readonly n: number
  readonly subject: string
  /** When the proposal came, in ms since 1970. */
  readonly at: number
} & ({ readonly changes: readonly Change[]; readonly conflicts: readonly Conflict[] } | Withdrawal)

type Withdrawal = { readonly withdrawn: { readonly sqlState: Withdrawn; readonly message: string } }

/** SQLSTATEs under which Postgres keeps a withdrawal: too late, or not possible any more. */
type Withdrawn = 'TM020' | 'TM021'
