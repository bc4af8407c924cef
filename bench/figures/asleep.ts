import type { Figure } from '../../dev/harness/figure.ts'
import { type Rest, startSleepyStack, use } from '../load/sleepy-stack.ts'

const HOUR_MINUTES = 60

/** Enough for ten looks by the clock of an idle client, so that zeros come from rest and not from blindness. */
const WATCHED_MINUTES = 10

/** What goes on while nobody is connected and nothing waits. */
export const asleep: Figure<'queries' | 'timers' | 'outgoing'> = {
  name: 'asleep',
  about:
    'an hour by the clock of the Worker and its objects (sped up) after real use, with nobody connected and others writing into Postgres: requests to Postgres, timers and alarms, and calls to anybody',
  fields: ['queries', 'timers', 'outgoing'],
  goal: 'queries = 0, timers = 0 and outgoing = 0',
  async measure(report) {
    await using stack = await startSleepyStack('on')
    const [ada, ben] = [await stack.open('ada'), await stack.open('ben')]
    await use(ada, ben)
    ada.close()
    ben.close()
    await stack.untilAtRest()
    const hour = await stack.rest(HOUR_MINUTES)
    const { queries, outgoing } = hour
    const timers = timersOf(hour)
    report(`an hour with nobody: ${queries} queries, ${timers} timers, ${outgoing} outgoing`)
    const left = await stack.woken()
    const cleo = await stack.open('cleo')
    const cameBack = (await stack.woken()) - left
    await cleo.sees('i0', ({ reference }) => reference.startsWith('overnight'))
    const watched = await stack.rest(WATCHED_MINUTES)
    cleo.close()
    report(
      `${WATCHED_MINUTES} minutes with an idle client: ${watched.queries} queries, ${timersOf(watched)} timers`,
    )
    const connected = await restConnected()
    report(
      `an hour with an idle client and no looks by the clock: ${connected.queries} queries, ${timersOf(connected)} timers`,
    )
    const isWatching = watched.queries > 0 && timersOf(watched) > 0 && watched.outgoing > 0
    if (!isWatching) throw new Error('with a client connected nothing was counted, so nothing is measured')
    return {
      fields: { queries, timers, outgoing },
      input: {
        minutes: HOUR_MINUTES,
        cameBack,
        watchedQueries: watched.queries,
        watchedTimers: timersOf(watched),
        connectedQueries: connected.queries,
        connectedTimers: timersOf(connected),
      },
      ok: queries + timers + outgoing + connected.queries === 0 && cameBack > 0,
    }
  },
}

/** Whatever could have woken an object: timers that ran or could have run, and alarms. */
const timersOf = ({ timers, alarms }: Rest) => timers + alarms

/** The same hour for somebody who stays, where changes are looked for only when nudged. */
async function restConnected() {
  await using stack = await startSleepyStack('off')
  const [ada, ben] = [await stack.open('ada'), await stack.open('ben')]
  try {
    await use(ada, ben)
    ada.close()
    return await stack.rest(HOUR_MINUTES)
  } finally {
    ben.close()
  }
}
