import type { Environment } from '../../src/edge/environment.ts'
import worker, { Tenant as MeasuredTenant } from '../../src/index.ts'
import { fromReal, replaceClock, setSpeed, toReal } from './clock.ts'
import { counts, watchGlobals } from './counts.ts'

export { Watch } from '../../src/index.ts'

replaceClock()
watchGlobals()

/** The tenant's object, counted, with its alarms by the clock that passes faster. */
export class Tenant extends MeasuredTenant {
  constructor(context: DurableObjectState, env: Environment) {
    counts.woken += 1
    shiftAlarms(context.storage)
    super(context, env)
  }

  override alarm(): Promise<void> {
    counts.alarms += 1
    return super.alarm()
  }
}

function shiftAlarms(storage: DurableObjectStorage): void {
  const setAlarm = storage.setAlarm.bind(storage)
  const getAlarm = storage.getAlarm.bind(storage)
  storage.setAlarm = (at, options) => setAlarm(toReal(Number(at)), options)
  storage.getAlarm = async (options) => {
    const at = await getAlarm(options)
    return at === null ? null : fromReal(at)
  }
}

/** The Worker, and two ways to measure it: GET gives the counts, POST sets the speed of its clock. */
export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/dev/counts') return worker.fetch(request, env, context)
    if (request.method === 'POST') setSpeed(Number(await request.text()))
    return Response.json(counts)
  },
} satisfies ExportedHandler<Environment>
