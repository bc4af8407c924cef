import worker, { Tenant as MeasuredTenant } from '../../examples/invoices/worker.ts'
import type { Environment } from '../../src/platform/environment.ts'
import { fromReal, replaceClock, setSpeed, toReal } from './clock.ts'
import { counts, watchGlobals } from './counts.ts'

export { Registry } from '../../examples/invoices/worker.ts'

replaceClock()
watchGlobals()

/** The tenant's object, counted, with its alarms by the clock that passes faster. */
export class Tenant extends MeasuredTenant {
  constructor(context: DurableObjectState, env: Environment) {
    counts.woken += 1
    shiftAlarms(context.storage)
    countRows(context.storage.sql)
    super(context, env)
  }

  override async alarm(): Promise<void> {
    counts.alarms += 1
    await super.alarm?.()
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

function countRows(sql: SqlStorage): void {
  const exec = sql.exec.bind(sql)
  sql.exec = (statement, ...values) => {
    const cursor = exec(statement, ...values)
    // A statement that writes has done so by now. To ask one that reads would read it through.
    if (!/^\s*SELECT/i.test(statement)) counts.rows += cursor.rowsWritten
    // The counted object does not notice.
    return cursor as never
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
