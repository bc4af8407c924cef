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
export type SetPolicy = { readonly kind: 'set' }
export type AskPolicy = { readonly kind: 'ask' }
export type MergePolicy<Value> = {
  readonly kind: 'merge'
  readonly by: (base: Value | undefined, current: Value, incoming: Value) => Value
}
/** A merge policy of whatever value. */
type AnyMerge = { readonly kind: 'merge'; readonly by: (...three: never[]) => unknown }
export type TextPolicy = { readonly kind: 'text' }
/** The policies by which what effects write can merge. */
type Inner = Extract<Policy, { kind: 'effect' }>['of']
export type EffectPolicy<Of extends Inner = Inner> = {
  readonly kind: 'effect'
  readonly of: Of
}

/**
 * The policies that fit a column holding `Value`. `IsOrdered`: of its values one is the greater. `IsList`: it is an
 * array of texts. `IsProse`: any text.
 */
export type PolicyFor<
  Value,
  IsOrdered extends boolean = false,
  IsList extends boolean = false,
  IsProse extends boolean = false,
> =
  | LwwPolicy
  | ImmutablePolicy
  | AskPolicy
  | MergePolicy<Value>
  | EffectPolicy<'lww'>
  | ([Value] extends [number] ? CounterPolicy | EffectPolicy<'counter'> : never)
  | ([Value] extends [string] ? StatesPolicy<Value> : never)
  | (IsList extends true ? SetPolicy : never)
  | (IsProse extends true ? TextPolicy : never)
  | (IsOrdered extends true ? MaxPolicy | MinPolicy | EffectPolicy<'max' | 'min'> : never)

/** Any of the declared policies. */
export type AnyPolicy =
  | Exclude<PolicyFor<number, true> | PolicyFor<string>, { kind: 'merge' }>
  | SetPolicy
  | TextPolicy
  | AnyMerge

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

/** A set of texts. Items are added and removed one by one; an item that is added unseen by its remover stays. */
export const set = (): SetPolicy => ({ kind: 'set' })

/** The value that is there stays, and one that was written unseen waits until a person decides. */
export const ask = (): AskPolicy => ({ kind: 'ask' })

/**
 * By a function of yours, which runs in the object alone: of two values whose authors had not seen each other's, it
 * makes one. Pure: the same three always come to the same. `base` is what the author of `incoming` had in sight,
 * undefined where that is not known.
 *
 * @example merge((base = '', current, incoming) => (current === base ? incoming : `${current}\n${incoming}`))
 */
export const merge = <Value>(by: MergePolicy<Value>['by']): MergePolicy<Value> => ({ kind: 'merge', by })

/** Several write at once, character by character; for texts. */
export const text = (): TextPolicy => ({ kind: 'text' })

/** Written by effects only, merged by the given policy; clients' writes are rejected. */
export const effect = <Of extends Inner>(of: { readonly kind: Of }): EffectPolicy<Of> => ({
  kind: 'effect',
  of: of.kind,
})

/** A declared policy as it travels in the manifest. */
export function toWire(policy: AnyPolicy): Policy {
  if (policy.kind === 'merge') return { kind: 'merge' }
  if (policy.kind !== 'states') return policy
  const transitions: Record<string, string[]> = {}
  for (const [from, to] of Object.entries(policy.transitions)) transitions[from] = [...(to ?? [])]
  return { kind: 'states', transitions }
}
