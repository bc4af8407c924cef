import { readManuscript } from '../../core/edits/read-manuscript.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { TextAnswer } from '../../protocol/down/text.ts'
import { wireError } from '../../protocol/errors.ts'
import { MAX_MANUSCRIPT_LENGTH } from '../../protocol/limits.ts'
import type { ReadText } from '../../protocol/up/read-text.ts'
import type { Session } from '../sessions/session.ts'
import type { Store } from '../storage/store.ts'

/** The means to answer who edits a text. */
export type ReadingTexts = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly lifecycle: { readonly isComplete: boolean }
}

/**
 * Answers a session that asks for the manuscript of a text. Who asks is not remembered: who edits follows the record,
 * and asks again when the text has moved.
 */
export function answerReadText(parts: ReadingTexts, session: Session, asked: ReadText): void {
  session.send(['text', asked.id, textAnswer(parts, session, asked)])
}

function textAnswer({ app, store, lifecycle }: ReadingTexts, session: Session, asked: ReadText): TextAnswer {
  if (!lifecycle.isComplete)
    return {
      error: wireError('hydrating', 'The tenant is being loaded; try again shortly.', { retryAfterMs: 500 }),
    }
  // What a client leaves unread is bounded, and one manuscript is a good part of that.
  if (!session.hasRoomFor(MAX_MANUSCRIPT_LENGTH))
    return { error: wireError('busy', 'Read what was sent before asking for more.', { retryAfterMs: 500 }) }
  return readManuscript(app, store, session.claims, asked)
}
