import { applied, type Meeting, type Merged, rejected } from './policy.ts'

/**
 * Legal moves only. A move made in sight of the current state must be legal from it. A concurrent
 * move was made from a state that is gone: it applies if it is legal from the new one, else the
 * current state stays and the move is kept as a conflict for a person.
 */
export function states(
  transitions: Readonly<Record<string, readonly string[]>>,
  { current, incoming, concurrent }: Meeting,
): Merged {
  if (!('set' in incoming) || typeof incoming.set !== 'string') {
    return rejected('bad-operation', 'This field is set to one of its states.')
  }
  const to = incoming.set
  if (current === to) return applied(current)
  const legal =
    typeof current === 'string' && Object.hasOwn(transitions, current) && transitions[current]?.includes(to)
  if (legal) return applied(to, concurrent)
  if (concurrent) return { outcome: 'kept' }
  return rejected('illegal-transition', `"${String(current)}" cannot become "${to}".`)
}
