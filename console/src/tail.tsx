import type { MaskedChange, MaskedEntry } from '../../src/protocol/internal/activity.ts'
import { clock } from './words.ts'

type TailProps = {
  readonly entries: readonly MaskedEntry[]
  /** Whose entries they are; empty for everybody's. */
  readonly client: string
  readonly all: () => void
}

/** The end of the log, of everybody or as one session's timeline. Values are masked by the Worker. */
export function Tail({ entries, client, all }: TailProps) {
  return (
    <section data-testid="tail">
      <h2>{client === '' ? 'Edits' : 'Timeline of a session'}</h2>
      {client !== '' && (
        <p>
          What client <code>{client}</code> did.{' '}
          <button type="button" data-testid="everybody" onClick={all}>
            Show everybody’s
          </button>
        </p>
      )}
      {entries.length === 0 && <p className="muted">Nothing is in the log.</p>}
      <ol className="lines">
        {entries.map((entry) => (
          <li key={entry.seq}>
            <strong>
              {entry.seq} · {clock(entry.at)} · {entry.subject || entry.actor}
            </strong>
            <span className={entry.isCommitted ? 'good' : 'warn'}>
              {entry.isCommitted ? 'in Postgres' : 'waits for Postgres'}
            </span>
            {entry.reverts && (
              <span className="bad">
                undoes {entry.reverts.seq}: {entry.reverts.code}
              </span>
            )}
            <ul>
              {entry.changes.map((change) => (
                <li key={`${change.collection} ${change.id} ${change.kind}`}>{told(change)}</li>
              ))}
              {entry.more > 0 && <li>and {entry.more} more</li>}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  )
}

function told({ kind, collection, id, fields }: MaskedChange): string {
  const named = Object.entries(fields).map(([field, value]) => `${field}: ${value}`)
  return `${kind} ${collection} ${id}${named.length > 0 ? ` (${named.join(', ')})` : ''}`
}
