import { type Environment, registryOf } from '../platform/environment.ts'
import { within } from '../registry/within.ts'

/** Milliseconds for a sweep: it may ask many objects. The platform ends a cron's run after 15 minutes. */
const SWEEP_DEADLINE_MS = 600_000

/** The cron. A sweep that fails is shown as failed by the platform, and the next one goes on from there. */
export async function scheduled(_: ScheduledController, env: Environment): Promise<void> {
  await within(SWEEP_DEADLINE_MS, registryOf(env).sweep())
}
