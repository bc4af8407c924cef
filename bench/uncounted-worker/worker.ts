import { Metrics } from '../../src/tenant/metrics/metrics.ts'

/** The deployed Worker, of which nothing is counted: what counting costs is the difference. */

const nothing = () => {}

Object.assign(Metrics.prototype, {
  sessionOpened: nothing,
  sessionClosed: nothing,
  received: nothing,
  reported: nothing,
  sent: nothing,
  turn: nothing,
  answered: nothing,
  applied: nothing,
  setAside: nothing,
  called: nothing,
  goesAlong: nothing,
  keep: nothing,
})

export { default, Registry, Tenant } from '../../examples/invoices/worker.ts'
