import type { SignOut } from '@tidemark/client'
import { useConnection } from '@tidemark/client/react'
import { Question } from '../frame/question.tsx'
import { useSession } from '../session/use-session.ts'
import { draftsQuestion, unsentNote, unsentQuestion } from './connection-words.ts'

/** The question of a sign-out that left edits unsent. */
export type UnsentQuestion = Extract<SignOut, { readonly done: false }>

type Props = {
  question: UnsentQuestion
  /** They are being sent, and the sign-out follows. */
  isWaiting: boolean
  onAnswer: (how: 'keep' | 'send' | 'discard') => void
  onStay: () => void
}

/** What becomes of edits that no server has, when their author signs out. */
export function SignOutDialog({ question, isWaiting, onAnswer, onStay }: Props) {
  const { db } = useSession()
  const { state } = useConnection(db)
  return (
    <Question
      title={unsentQuestion(question.unsent)}
      testId="sign-out-question"
      onClose={onStay}
      mustAnswer={isWaiting}
    >
      <p role="status" data-testid="sign-out-note">
        {unsentNote(question.unsent, { isWaiting, isLive: state === 'live' })}
      </p>
      <ul className="answers">
        {!isWaiting && (
          <li>
            <button
              type="button"
              className="primary"
              data-testid="sign-out-send"
              onClick={() => onAnswer('send')}
            >
              Send now, then sign out
            </button>
          </li>
        )}
        <li>
          <button type="button" data-testid="sign-out-keep" onClick={() => onAnswer('keep')}>
            Keep on this device
          </button>
          <p className="muted">Sent when you sign in here again. Nobody else sees it or sends it.</p>
        </li>
        <li>
          <button
            type="button"
            className="danger"
            data-testid="sign-out-discard"
            onClick={() => onAnswer('discard')}
          >
            Discard
          </button>
          <p className="muted">What you wrote is gone.</p>
        </li>
        {!isWaiting && (
          <li>
            <button type="button" className="quiet" data-testid="sign-out-stay" onClick={onStay}>
              Stay signed in
            </button>
          </li>
        )}
      </ul>
    </Question>
  )
}

type DraftsProps = { drafts: number; onLose: () => void; onStay: () => void }

/** What is asked before what is typed and not sent is given up. */
export function DraftsDialog({ drafts, onLose, onStay }: DraftsProps) {
  return (
    <Question title="Sign out?" testId="drafts-question" onClose={onStay}>
      <p>{draftsQuestion(drafts)}</p>
      <div className="choices">
        <button type="button" data-testid="drafts-stay" onClick={onStay}>
          Stay signed in
        </button>
        <button type="button" className="danger" data-testid="drafts-lose" onClick={onLose}>
          Sign out
        </button>
      </div>
    </Question>
  )
}
