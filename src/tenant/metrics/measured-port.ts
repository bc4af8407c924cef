import type { Attempt, PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Metrics } from './metrics.ts'

/** Postgres, of which each call is counted, with how long it took. */
export function measuredPort(port: PostgresPort, metrics: Metrics, now: () => number): PostgresPort {
  async function measured<Value>(
    call: keyof PostgresPort,
    begin: () => Promise<Attempt<Value>>,
  ): Promise<Attempt<Value>> {
    const begun = now()
    const attempt = await begin()
    metrics.called(call, attempt, now() - begun)
    return attempt
  }
  return {
    open: (...asked) => measured('open', () => port.open(...asked)),
    apply: (...asked) => measured('apply', () => port.apply(...asked)),
    propose: (...asked) => measured('propose', () => port.propose(...asked)),
    poll: (...asked) => measured('poll', () => port.poll(...asked)),
    count: (...asked) => measured('count', () => port.count(...asked)),
    page: (...asked) => measured('page', () => port.page(...asked)),
    range: (...asked) => measured('range', () => port.range(...asked)),
    knows: (...asked) => measured('knows', () => port.knows(...asked)),
    erase: (...asked) => measured('erase', () => port.erase(...asked)),
    columns: (...asked) => measured('columns', () => port.columns(...asked)),
    revoke: (...asked) => measured('revoke', () => port.revoke(...asked)),
    serve: (...asked) => measured('serve', () => port.serve(...asked)),
  }
}
