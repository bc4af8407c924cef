import type { TenantActivity } from '../../src/protocol/internal/activity.ts'
import { ago } from './words.ts'

/** How a tenant stands, what is wrong first. */
export function Health({ health }: Pick<TenantActivity, 'health'>) {
  const { state, delayed, parked, behind, waiting, waitingSince, seq, committed } = health
  return (
    <section aria-label="Health" data-testid="health" className="health">
      <p className={state === 'ready' ? 'good' : 'warn'}>
        <strong>{state}</strong>
      </p>
      <p className={waiting > 0 ? 'warn' : ''}>
        {waiting === 0 ? 'Postgres has everything' : `${waiting} wait for Postgres`}
        {waitingSince === null ? '' : `, the oldest ${ago(Date.parse(waitingSince))}`}
      </p>
      {delayed && (
        <p className="bad">
          {delayed.cause}, began {ago(Date.parse(delayed.since))}
        </p>
      )}
      {parked !== null && <p className="bad">parked: {parked}</p>}
      {behind && <p className="warn">A change made in Postgres is being merged first.</p>}
      <p>
        at {seq}, committed up to {committed}
      </p>
    </section>
  )
}
