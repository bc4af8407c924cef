import type { Policy } from '../../protocol/manifest.ts'

/** The merge policies an application declares, typed so that one only fits a column it makes sense for. */

export type LwwPolicy = { readonly kind: 'lww' }
export type CounterPolicy = { readonly kind: 'counter' }
export type ImmutablePolicy = { readonly kind: 'immutable' }
export type StatesPolicy<State extends string = string> = {
  readonly kind: 'states'
  readonly transitions: { readonly [From in State]?: readonly State[] }
}
export type MaxPolicy = { readonly kind: 'max' }
export type MinPolicy = { readonly kind: 'min' }
/** The policies by which what effects write can merge. */
type Inner = Extract<Policy, { kind: 'effect' }>['of']
export type EffectPolicy<Of extends Inner = Inner> = {
  readonly kind: 'effect'
  readonly of: Of
}

/** The policies that fit a column holding `Value`. `IsOrdered`: of its values one is the greater. */
export type PolicyFor<Value, IsOrdered extends boolean = false> =
  | LwwPolicy
  | ImmutablePolicy
  | EffectPolicy<'lww'>
  | ([Value] extends [number] ? CounterPolicy | EffectPolicy<'counter'> : never)
  | ([Value] extends [string] ? StatesPolicy<Value> : never)
  | (IsOrdered extends true ? MaxPolicy | MinPolicy | EffectPolicy<'max' | 'min'> : never)

/** Any of the declared policies. */
export type AnyPolicy = PolicyFor<number, true> | PolicyFor<string>

/** The later write in tenant order wins; the loser is kept in the conflict record. The default. */
export const lww = (): LwwPolicy => ({ kind: 'lww' })

/** Concurrent deltas add up. */
export const counter = (): CounterPolicy => ({ kind: 'counter' })

/** The first write stays; later writes are rejected. */
export const immutable = (): ImmutablePolicy => ({ kind: 'immutable' })

/**
 * Legal transitions only.
 *
 * @example states({ draft: ['sent', 'void'], sent: ['paid', 'void'] })
 */
export const states = <const Transitions extends Readonly<Record<string, readonly string[]>>>(
  transitions: Transitions,
): StatesPolicy<(keyof Transitions & string) | Transitions[keyof Transitions][number]> => ({
  kind: 'states',
  // Widening only: the keys and targets are the very ones the type lists.
  transitions: transitions as StatesPolicy<
    (keyof Transitions & string) | Transitions[keyof Transitions][number]
  >['transitions'],
})

/** The greatest value stays, whatever the order of writes; for numbers, dates and times. */
export const max = (): MaxPolicy => ({ kind: 'max' })

/** The least value stays, whatever the order of writes; for numbers, dates and times. */
export const min = (): MinPolicy => ({ kind: 'min' })

/** Written by effects only, merged by the given policy; clients' writes are rejected. */
export const effect = <Of extends Inner>(of: { readonly kind: Of }): EffectPolicy<Of> => ({
  kind: 'effect',
  of: of.kind,
})

/** A declared policy as it travels in the manifest. */
export function toWire(policy: AnyPolicy): Policy {
  if (policy.kind !== 'states') return policy
  const transitions: Record<string, string[]> = {}
  for (const [from, to] of Object.entries(policy.transitions)) transitions[from] = [...(to ?? [])]
  return { kind: 'states', transitions }
}
