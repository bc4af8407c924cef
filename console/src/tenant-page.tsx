import { useCallback, useState } from 'react'
import type { TenantActivity } from '../../src/protocol/internal/activity.ts'
import { Acts } from './acts.tsx'
import { askActivity } from './ask.ts'
import { Health } from './health.tsx'
import { Plots } from './plots.tsx'
import { Tail } from './tail.tsx'
import type { Token } from './tokens.ts'
import { useAsked } from './use-asked.ts'
import { ago } from './words.ts'

type TenantPageProps = { readonly tenant: string; readonly token: Token }

/** One tenant as it is now. Asking wakes its object. */
export function TenantPage({ tenant, token }: TenantPageProps) {
  const [client, setClient] = useState('')
  const { value, error, again } = useAsked(useCallback(() => askActivity(token, client), [token, client]))
  return (
    <>
      <h1>{tenant}</h1>
      {error !== undefined && (
        <p className="bad" role="alert">
          {error}
        </p>
      )}
      <Acts tenant={tenant} token={token} done={again} />
      {value && (
        <>
          <Health health={value.health} />
          <Plots names={value.names} points={value.points} />
          <Sessions sessions={value.sessions} client={client} choose={setClient} />
          <Tail entries={value.entries} client={client} all={() => setClient('')} />
          <Conflicts conflicts={value.conflicts} />
          <Aside records={value.health.records} />
        </>
      )}
      {!value && error === undefined && <p className="muted">Loading …</p>}
    </>
  )
}

type SessionsProps = Pick<TenantActivity, 'sessions'> & {
  readonly client: string
  readonly choose: (client: string) => void
}

function Sessions({ sessions, client, choose }: SessionsProps) {
  return (
    <section data-testid="sessions">
      <h2>Sessions</h2>
      {sessions.length === 0 && <p className="muted">Nobody is connected.</p>}
      <ul className="lines">
        {sessions.map((one) => (
          <li key={one.id}>
            <strong>{one.subject}</strong>
            <span>
              {one.subscriptions} subscriptions, protocol {one.protocol}, heard {ago(one.heardAt)}
              {one.isBehind ? ', does not read' : ''}
            </span>
            {one.client !== '' && (
              <button type="button" aria-pressed={one.client === client} onClick={() => choose(one.client)}>
                Timeline
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Conflicts({ conflicts }: Pick<TenantActivity, 'conflicts'>) {
  return (
    <section data-testid="conflicts">
      <h2>Open conflicts</h2>
      {conflicts.length === 0 && <p className="muted">None.</p>}
      <ul className="lines">
        {conflicts.map(({ collection, record, field, policy, at }) => (
          <li key={`${collection} ${record} ${field} ${at}`}>
            <strong>
              {collection}
              {field === null ? '' : `.${field}`}
            </strong>
            <span>
              {record}, by {policy}, {ago(Date.parse(at))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Aside({ records }: Pick<TenantActivity['health'], 'records'>) {
  return (
    <section data-testid="aside">
      <h2>Set aside</h2>
      {records.length === 0 && <p className="muted">None.</p>}
      <ul className="lines">
        {records.map(({ collection, id, column, reason, since }) => (
          <li key={`${collection} ${id}`}>
            <strong>
              {collection}
              {column === undefined ? '' : `.${column}`}
            </strong>
            <span>
              {id}: {reason}, {ago(Date.parse(since))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
