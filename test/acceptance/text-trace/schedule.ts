import { type Agent, other, type Trace } from './trace.ts'

/**
 * What happens next: somebody types a transaction, sends all that is typed, or takes what the other has sent.
 */
export type Step = { readonly is: 'type' | 'send' | 'take'; readonly agent: Agent; readonly at: number }

/**
 * An order in which each transaction is typed in sight of its parents and of nothing else. What somebody has typed is
 * sent where the other is to see it and not what follows; and not before the other has what was sent before.
 */
export function schedule({ txns }: Trace): Step[] {
  const sight = sights(txns)
  const own = ([0, 1] as const).map((agent) => txns.flatMap((txn, at) => (txn.agent === agent ? at : [])))
  const shown = ([0, 1] as const).map(
    (agent) => new Set(txns.flatMap((txn, at) => (txn.agent === agent ? [] : (sight[at]?.[agent] ?? [])))),
  )
  const states = ([0, 1] as const).map(() => ({ next: 0, typed: -1, sent: -1, has: -1 }))
  const steps: Step[] = []
  const stateOf = (agent: Agent) => {
    const state = states[agent]
    if (!state) throw new Error('there are two agents')
    return state
  }
  const step = (agent: Agent): boolean => {
    const [mine, theirs] = [stateOf(agent), stateOf(other(agent))]
    const at = own[agent]?.[mine.next]
    const wanted = at === undefined ? Number.POSITIVE_INFINITY : (sight[at]?.[other(agent)] ?? -1)
    if (theirs.sent > mine.has && theirs.sent <= wanted) {
      mine.has = theirs.sent
      steps.push({ is: 'take', agent, at: mine.has })
      return true
    }
    const isShown = at === undefined || shown[agent]?.has(mine.typed) === true
    if (isShown && mine.sent < mine.typed) {
      if (theirs.has !== mine.sent) return false
      mine.sent = mine.typed
      steps.push({ is: 'send', agent, at: mine.sent })
      return true
    }
    if (at === undefined || mine.has !== wanted) return false
    mine.typed = at
    mine.next++
    steps.push({ is: 'type', agent, at })
    return true
  }
  while ([step(0), step(1)].some(Boolean));
  const typed = steps.filter(({ is }) => is === 'type').length
  if (typed !== txns.length) throw new Error(`the order ends after ${typed} of ${txns.length} transactions`)
  return steps
}

/** Of each transaction, the last one of either agent that it was made in sight of, itself included. */
function sights(txns: Trace['txns']): (readonly [number, number])[] {
  const sights: [number, number][] = []
  for (const [at, { agent, parents }] of txns.entries()) {
    const sight: [number, number] = [-1, -1]
    for (const parent of parents) {
      const seen = sights[parent]
      if (!seen) throw new Error(`transaction ${at} has a parent that comes after it`)
      sight[0] = Math.max(sight[0], seen[0])
      sight[1] = Math.max(sight[1], seen[1])
    }
    sight[agent] = at
    sights.push(sight)
  }
  return sights
}
