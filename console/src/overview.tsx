import { useCallback } from 'react'
import { askOverview, type Overview as Told } from './ask.ts'
import type { Token } from './tokens.ts'
import { useAsked } from './use-asked.ts'
import { ago, duration } from './words.ts'

/** All tenants, as their objects told it last: looking at them wakes none. */
export function Overview({ token }: { readonly token: Token }) {
  const { value, error } = useAsked(useCallback(() => askOverview(token), [token]))
  return (
    <>
      <h1>Tenants</h1>
      {error !== undefined && (
        <p className="bad" role="alert">
          {error}
        </p>
      )}
      {value ? (
        <>
          <Alerts alerts={value.alerts} />
          <Tenants told={value} />
        </>
      ) : (
        error === undefined && <p className="muted">Loading …</p>
      )}
    </>
  )
}

function Alerts({ alerts }: Pick<Told, 'alerts'>) {
  return (
    <section aria-label="Alerts" className="alerts" data-testid="alerts">
      {alerts.length === 0 && <p className="good">No alert is open.</p>}
      {alerts.map(({ rule, tenant, since, isCooling }) => (
        <p key={`${rule} ${tenant}`} className={isCooling ? 'warn' : 'bad'}>
          <strong>{rule}</strong> {tenant === '' ? 'of the deployment' : <a href={link(tenant)}>{tenant}</a>}
          {isCooling ? ', cooling down' : ''}, began {ago(since)}
        </p>
      ))}
    </section>
  )
}

function Tenants({ told }: { readonly told: Told }) {
  if (told.tenants.length === 0) return <p>Nobody was heard of in the last day.</p>
  return (
    <>
      <ul className="tenants" data-testid="tenants">
        {told.tenants.map((one) => (
          <li key={one.tenant}>
            <a href={link(one.tenant)} data-testid={`tenant-${one.tenant}`}>
              {one.tenant}
            </a>
            <dl>
              <Figure name="connected" value={one.sessions} />
              <Figure name="waiting for Postgres" value={one.outbox} isWarned={one.outbox > 0} />
              <Figure name="open conflicts" value={one.conflicts} />
              <Figure name="set aside" value={one.aside} isWarned={one.aside > 0} />
              <Figure name="edits" value={one.accepted} />
              <Figure name="to Postgres, p99" value={duration(one.drainLagP99Ms)} />
              <Figure name="to others, p99" value={duration(one.deliveryP99Ms)} />
              <Figure name="told" value={ago(one.at)} />
            </dl>
          </li>
        ))}
      </ul>
      {told.known > told.tenants.length && (
        <p className="muted">
          {told.tenants.length} of {told.known}: those that were heard of in the last day, and last.
        </p>
      )}
    </>
  )
}

type FigureProps = { readonly name: string; readonly value: number | string; readonly isWarned?: boolean }

function Figure({ name, value, isWarned = false }: FigureProps) {
  return (
    <div className={isWarned ? 'warn' : ''}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

const link = (tenant: string) => `#/${encodeURIComponent(tenant)}`
