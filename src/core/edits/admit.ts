import type { Revert, Verdict } from '../../protocol/down/receipt.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_UNACKNOWLEDGED_EDITS } from '../../protocol/limits.ts'

/** A verdict kept until its client says that it has it. */
export type StoredVerdict = {
  readonly n: number
  /** Hash of the edit it was given for. */
  readonly hash: string
} & ({ readonly seq: number; readonly committed?: true } | { readonly error: WireError })

/** The object's memory of one client; its size is bounded by what the client has not acknowledged. */
export type ClientMark = {
  readonly client: string
  /** The subject the client id belongs to, for ever. */
  readonly subject: string
  /** The highest n with a verdict. */
  readonly last: number
  /** Receipts up to here were handled by the client. */
  readonly acknowledged: number
  /** Verdicts above `acknowledged`, by rising n. */
  readonly verdicts: readonly StoredVerdict[]
  /** Reverts the client may not have seen. */
  readonly reverts: readonly Revert[]
  /** Edits that Postgres refused under an earlier log of the tenant. */
  readonly refused?: readonly { readonly n: number; readonly error: WireError }[]
}

export function newMark(client: string, subject: string): ClientMark {
  return { client, subject, last: 0, acknowledged: 0, verdicts: [], reverts: [] }
}

/**
 * A client's mark at the start of a new log: all that is known of the client, here and in Postgres.
 * The places that the old log gave its edits say nothing in the new one, so they are forgotten.
 *
 * @param settled what Postgres knows: the highest settled n, and the edits it refused
 */
export function carryMark(
  mark: ClientMark,
  settled: { readonly n: number; readonly refused: NonNullable<ClientMark['refused']> },
): ClientMark {
  return {
    ...mark,
    last: Math.max(mark.last, settled.n),
    acknowledged: Math.max(mark.acknowledged, settled.n),
    verdicts: mark.verdicts.filter((verdict) => 'error' in verdict),
    refused: settled.refused,
  }
}

export type Admission =
  | { is: 'fresh' }
  | { is: 'answered'; verdict: Verdict }
  | { is: 'refused'; verdict: Verdict }

/**
 * Decides whether an edit is new. A repeated one gets the verdict it got before; one that comes too
 * early is refused with the n that is expected, so no edit ever overtakes an earlier one.
 * `refused` ends the push, because what follows would be too early as well.
 */
export function admit(mark: ClientMark, n: number, hash: string): Admission {
  const refuse = (error: WireError): Admission => ({ is: 'refused', verdict: { is: 'rejected', n, error } })
  if (n > mark.last + 1) {
    const expected = mark.last + 1
    return refuse(wireError('gap', `Edit ${expected} has to come before edit ${n}.`, { ref: expected }))
  }
  if (n === mark.last + 1) {
    if (mark.verdicts.length < MAX_UNACKNOWLEDGED_EDITS) return { is: 'fresh' }
    return refuse(wireError('unacknowledged-full', 'Acknowledge receipts before sending more edits.'))
  }
  return { is: 'answered', verdict: recall(mark, n, hash) }
}

function recall(mark: ClientMark, n: number, hash: string): Verdict {
  const stored = mark.verdicts.find((verdict) => verdict.n === n)
  if (!stored) {
    const refused = mark.refused?.find((candidate) => candidate.n === n)
    const error = refused?.error ?? wireError('already-settled', `Edit ${n} was answered before.`)
    return { is: 'rejected', n, error }
  }
  if (stored.hash !== hash) {
    const error = wireError('duplicate-mismatch', `Edit ${n} was sent before with other content.`)
    return { is: 'rejected', n, error }
  }
  const revert = mark.reverts.find((candidate) => candidate.n === n)
  if (revert) return { is: 'reverted', ...revert }
  if ('error' in stored) return { is: 'rejected', n, error: stored.error }
  return { is: 'accepted', n, seq: stored.seq, ...(stored.committed && { committed: true }) }
}

/** Forgets what the client has acknowledged. A client that claims too much harms only itself. */
export function acknowledge(mark: ClientMark, upTo: number): ClientMark {
  const acknowledged = Math.min(upTo, mark.last)
  if (acknowledged <= mark.acknowledged) return mark
  return { ...mark, acknowledged, verdicts: mark.verdicts.filter((verdict) => verdict.n > acknowledged) }
}

/** Forgets reverts of edits that the client no longer waits for. */
export function forgetReverts(mark: ClientMark, unsettled: number): ClientMark {
  if (mark.reverts.every((revert) => revert.n >= unsettled)) return mark
  return { ...mark, reverts: mark.reverts.filter((revert) => revert.n >= unsettled) }
}
