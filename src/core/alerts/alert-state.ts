/**
 * The life of one alert as a machine: what can be, what can happen, and what follows.
 *
 *   ok --breached--> firing --cleared--> cooling --time, once the cool-down is over--> ok
 *    (fired)            ^                   |                                  (resolved)
 *                       +----- breached ----+
 *
 * So what goes away and comes back within the cool-down is one alert, which fires once and resolves once.
 */
export type AlertState =
  | { readonly is: 'ok' }
  /** `since`: when it fired, in ms since 1970. */
  | { readonly is: 'firing'; readonly since: number }
  /** The figure is back; `until`: when that counts, in ms since 1970. */
  | { readonly is: 'cooling'; readonly since: number; readonly until: number }

/** `breached`: the figure has reached its threshold. `cleared`: it is below. `time`: some has passed. */
export type AlertEvent = 'breached' | 'cleared' | 'time'

/** News that somebody is to be told. */
export type AlertNews = 'fired' | 'resolved'

/** A step of it: the state that follows, the same one where nothing changes, and the news, if there are any. */
export type AlertStep = { readonly state: AlertState; readonly news?: AlertNews }

/**
 * @param now in ms since 1970
 * @param coolDownMs for how long the figure has to be back
 */
export function transition(state: AlertState, event: AlertEvent, now: number, coolDownMs: number): AlertStep {
  switch (state.is) {
    case 'ok':
      return event === 'breached' ? { state: { is: 'firing', since: now }, news: 'fired' } : { state }
    case 'firing':
      return event === 'cleared'
        ? cool({ is: 'cooling', since: state.since, until: now + coolDownMs }, now)
        : { state }
    case 'cooling':
      return event === 'breached' ? { state: { is: 'firing', since: state.since } } : cool(state, now)
  }
}

function cool(state: Extract<AlertState, { is: 'cooling' }>, now: number): AlertStep {
  return now >= state.until ? { state: { is: 'ok' }, news: 'resolved' } : { state }
}
