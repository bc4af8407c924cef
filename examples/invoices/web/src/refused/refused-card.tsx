import type { EditHandle, RefusedEdit } from '@tidemark/client'
import { useState } from 'react'
import { momentOf } from '../conflicts/conflict-words.ts'
import { ConfirmButton } from '../frame/confirm-button.tsx'
import { hashOf } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import type { Wording } from '../wording/wording.ts'
import { isChangeable, RefusedForm } from './refused-form.tsx'
import { nameOfEdit, refusalWords, type WriteWords, writeWords } from './refused-words.ts'

type Props = { item: RefusedEdit; wording: Wording; onFollow: () => void }

/** One change that was not taken: why, what its author wrote, and what can become of it. */
export function RefusedCard({ item, wording, onFollow }: Props) {
  const { track } = useSession()
  const [isChanging, setChanging] = useState(false)
  const { writes, at } = item
  const send = (edit: EditHandle) => track(nameOfEdit(item, wording), writes[0]?.record ?? item.id, edit)
  return (
    <li className="not-taken" data-testid="refused-item">
      {writes.map((write) => (
        <Written
          key={`${write.collection} ${write.record}`}
          words={writeWords(write, wording)}
          // What is being changed is in the fields below.
          isBrief={isChanging}
          onFollow={onFollow}
        />
      ))}
      <p className="why">
        <span data-testid="refused-why">{refusalWords(item)}</span>{' '}
        <time className="muted" dateTime={new Date(at).toISOString()}>
          {momentOf(new Date(at).toISOString())}
        </time>
      </p>
      {isChanging ? (
        <RefusedForm item={item} wording={wording} onSend={send} onCancel={() => setChanging(false)} />
      ) : (
        <div className="choices">
          <button
            type="button"
            className="primary"
            data-testid="refused-retry"
            onClick={() => send(item.retry())}
          >
            Try again
          </button>
          {isChangeable(item, wording) && (
            <button type="button" data-testid="refused-change" onClick={() => setChanging(true)}>
              Change
            </button>
          )}
          <ConfirmButton
            words="Throw away"
            question="Gone for good?"
            confirm="Throw away"
            testId="refused-discard"
            onConfirm={() => item.discard()}
          />
        </div>
      )}
    </li>
  )
}

type WrittenProps = { words: WriteWords; isBrief: boolean; onFollow: () => void }

function Written({ words: { what, route, did, fields }, isBrief, onFollow }: WrittenProps) {
  return (
    <>
      <h3>
        {route ? (
          <a href={hashOf(route)} onClick={onFollow}>
            {what}
          </a>
        ) : (
          what
        )}
      </h3>
      {!isBrief && (
        <>
          <p className="muted">{did}</p>
          {fields.length > 0 && (
            <dl className="written">
              {fields.map(({ column, label, words }) => (
                <div key={column}>
                  <dt>{label}</dt>
                  <dd data-testid={`refused-${column}`}>{words}</dd>
                </div>
              ))}
            </dl>
          )}
        </>
      )}
    </>
  )
}
