import { type Environment, type ReadEnvironment, registryOf } from '../platform/environment.ts'
import { within } from '../registry/within.ts'

/** Milliseconds for a sweep: it may ask many objects. The platform ends a cron's run after 15 minutes. */
const SWEEP_DEADLINE_MS = 600_000

/** Makes the cron's handler. A sweep that fails is shown as failed by the platform, and the next one goes on from there. */
export const scheduledBy =
  (read: ReadEnvironment) =>
  async (_: ScheduledController, env: Environment): Promise<void> => {
    await within(SWEEP_DEADLINE_MS, registryOf(read(env)).sweep())
  }
