import type { Invoice } from '../data/database.ts'
import { ChangedText } from '../wording/changed-text.tsx'
import { type Run, runsOf } from './history-runs.ts'
import {
  type FieldWords,
  fieldsOf,
  formatMoment,
  type HistoryWording,
  headOf,
  type InvoiceItem,
  sinceOf,
  undoOf,
} from './history-words.ts'
import { UndoButton } from './undo-button.tsx'

type Props = {
  run: Run
  now: Invoice | undefined
  wording: HistoryWording
  canWrite: boolean
  /** Takes these back, one after the other. */
  onUndo: (items: readonly InvoiceItem[]) => void
}

/** One change, or several that are read as one: who, when, from what to what, and the way back. */
export function HistoryEntry(props: Props) {
  const { run, now, wording, canWrite, onUndo } = props
  const { items, authors, whole } = run
  const { kind, at, author, refused, committed } = whole
  const fields = fieldsOf(whole, wording)
  const since = sinceOf(whole, wording)
  const undo = undoOf(whole, now, wording)
  const isOfOne = authors.length === 1
  return (
    <li className={refused ? 'refused' : undefined} data-testid="history-item">
      <p className="history-head">
        <strong>{headOf(whole, authors, wording)}</strong>
        <time className="muted" dateTime={new Date(at).toISOString()}>
          {formatMoment(at)}
        </time>
      </p>
      <dl>
        {fields.map((field) => (
          <Field key={field.label} field={field} kind={kind} />
        ))}
      </dl>
      {refused && <p className="problem">Undone: {refused.message}</p>}
      {!committed && author === wording.self && <p className="muted">On its way to the database.</p>}
      {since !== '' && <p className="muted">{since}</p>}
      {!isOfOne && (
        <details>
          <summary>Each of {items.length} changes</summary>
          <ol>
            {items.map((item) => (
              <HistoryEntry key={item.seq} {...props} run={runsOf([item])[0] ?? run} />
            ))}
          </ol>
        </details>
      )}
      {canWrite &&
        isOfOne &&
        ('does' in undo ? (
          <UndoButton
            what={kind === 'delete' ? 'Restore' : 'Undo'}
            does={undo.does}
            onUndo={() => onUndo(items)}
          />
        ) : (
          now && kind === 'update' && !refused && <p className="muted">{undo.cannot}</p>
        ))}
    </li>
  )
}

function Field({ field, kind }: { field: FieldWords; kind: InvoiceItem['kind'] }) {
  const { label, from, to, isWriting } = field
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {isWriting ? (
          <ChangedText from={from} to={to} />
        ) : (
          <>
            {kind === 'update' && (
              <>
                <del>{from}</del> →{' '}
              </>
            )}
            {kind === 'delete' ? from : <ins>{to}</ins>}
          </>
        )}
      </dd>
    </div>
  )
}
