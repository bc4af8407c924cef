import type { Revert, Verdict } from '../../protocol/down/receipt.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_UNACKNOWLEDGED_EDITS, MAX_UNACKNOWLEDGED_REASONS } from '../../protocol/limits.ts'

/** A verdict kept until its client says that it has it. */
export type StoredVerdict = {
  readonly n: number
  /** Hash of the edit it was given for. */
  readonly hash: string
} & ({ readonly seq: number; readonly committed?: true } | { readonly error: WireError })

/** The object's memory of one client; its size is bounded by what the client has not acknowledged. */
export type ClientState = {
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

export function newClientState(client: string, subject: string): ClientState {
  return { client, subject, last: 0, acknowledged: 0, verdicts: [], reverts: [] }
}

/**
 * A client's state at the start of a new log: all that is known of the client, here and in Postgres.
 * The places that the old log gave its edits say nothing in the new one, so they are forgotten.
 *
 * @param settled what Postgres knows: the highest settled n, and the edits it refused
 */
export function carryClientState(
  state: ClientState,
  settled: { readonly n: number; readonly refused: NonNullable<ClientState['refused']> },
): ClientState {
  return {
    ...state,
    last: Math.max(state.last, settled.n),
    acknowledged: Math.max(state.acknowledged, settled.n),
    verdicts: state.verdicts.filter((verdict) => 'error' in verdict),
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
export function admit(state: ClientState, n: number, hash: string): Admission {
  const refuse = (error: WireError): Admission => ({ is: 'refused', verdict: { is: 'rejected', n, error } })
  if (n > state.last + 1) {
    const expected = state.last + 1
    return refuse(wireError('gap', `Edit ${expected} has to come before edit ${n}.`, { ref: expected }))
  }
  if (n === state.last + 1) {
    if (state.verdicts.length < MAX_UNACKNOWLEDGED_EDITS && !isFullOfReasons(state)) return { is: 'fresh' }
    return refuse(wireError('unacknowledged-full', 'Acknowledge receipts before sending more edits.'))
  }
  return { is: 'answered', verdict: recall(state, n, hash) }
}

/** Whether the reasons that its client has not acknowledged are as many as are kept. */
export function isFullOfReasons({ verdicts, reverts }: Pick<ClientState, 'verdicts' | 'reverts'>): boolean {
  let characters = 0
  for (const kept of [verdicts, reverts])
    for (const one of kept) {
      if (!('error' in one)) continue
      characters += JSON.stringify(one.error).length
      if (characters > MAX_UNACKNOWLEDGED_REASONS) return true
    }
  return false
}

function recall(state: ClientState, n: number, hash: string): Verdict {
  const stored = state.verdicts.find((verdict) => verdict.n === n)
  if (!stored) {
    const refused = state.refused?.find((candidate) => candidate.n === n)
    const error = refused?.error ?? wireError('already-settled', `Edit ${n} was answered before.`)
    return { is: 'rejected', n, error }
  }
  if (stored.hash !== hash) {
    const error = wireError('duplicate-mismatch', `Edit ${n} was sent before with other content.`)
    return { is: 'rejected', n, error }
  }
  const revert = state.reverts.find((candidate) => candidate.n === n)
  if (revert) return { is: 'reverted', ...revert }
  if ('error' in stored) return { is: 'rejected', n, error: stored.error }
  return { is: 'accepted', n, seq: stored.seq, ...(stored.committed && { committed: true }) }
}

/** Forgets what the client has acknowledged. A client that claims too much harms only itself. */
export function acknowledge(state: ClientState, upTo: number): ClientState {
  const acknowledged = Math.min(upTo, state.last)
  if (acknowledged <= state.acknowledged) return state
  return { ...state, acknowledged, verdicts: state.verdicts.filter((verdict) => verdict.n > acknowledged) }
}

/** Forgets reverts of edits that the client no longer waits for. */
export function forgetReverts(state: ClientState, unsettled: number): ClientState {
  if (state.reverts.every((revert) => revert.n >= unsettled)) return state
  return { ...state, reverts: state.reverts.filter((revert) => revert.n >= unsettled) }
}
