import { type Environment, watchOf } from '../platform/environment.ts'
import { within } from '../registry/within.ts'

/** Milliseconds for a round: it may ask many objects. The platform ends a cron's run after 15 minutes. */
const ROUND_DEADLINE_MS = 600_000

/** The cron. A round that fails is shown as failed by the platform, and the next one goes on from there. */
export async function scheduled(_: ScheduledController, env: Environment): Promise<void> {
  await within(ROUND_DEADLINE_MS, watchOf(env).round())
}
