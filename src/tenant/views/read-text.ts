import { rightsOf } from '../../core/access/rights.ts'
import { findCollection } from '../../core/app/application.ts'
import { notFound, unknownColumn } from '../../core/edits/apply-op.ts'
import { manuscriptOf } from '../../core/edits/texts.ts'
import { matches } from '../../core/query/filter.ts'
import { hashText } from '../../core/records/hash.ts'
import { textOf, updateSince } from '../../core/text/manuscript.ts'
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
  const { collection: name, record: id, column: columnName, have } = asked
  if (!lifecycle.isComplete)
    return {
      error: wireError('hydrating', 'The tenant is being loaded; try again shortly.', { retryAfterMs: 500 }),
    }
  const collection = findCollection(app.manifest, name)
  if (!collection)
    return { error: wireError('unknown-collection', `"${name}" is not a collection.`, { ref: name }) }
  const { read, hidden } = rightsOf(app, session.claims, name)
  const column = collection.columns.find((candidate) => candidate.name === columnName)
  if (!column || hidden.includes(columnName)) return { error: unknownColumn(columnName) }
  if (column.policy.kind !== 'text')
    return {
      error: wireError('bad-operation', `"${columnName}" is not a text that several write.`, {
        ref: columnName,
      }),
    }
  const record = store.record(name, id)
  if (!record || record.deleted || !matches(read, record.row)) return { error: notFound(id) }
  // What a client leaves unread is bounded, and one manuscript is a good part of that.
  if (!session.hasRoomFor(MAX_MANUSCRIPT_LENGTH))
    return { error: wireError('busy', 'Read what was sent before asking for more.', { retryAfterMs: 500 }) }
  const manuscript = manuscriptOf(record, columnName, store.epoch)
  const { lineage } = manuscript
  const hash = hashText(textOf(manuscript))
  if (have?.lineage !== lineage)
    return { manuscript: { lineage, update: updateSince(manuscript) ?? '', hash, whole: true } }
  const update = updateSince(manuscript, have.vector)
  return update === undefined
    ? { error: wireError('bad-value', 'What you hold of the text is not said in a vector of Yjs.') }
    : { manuscript: { lineage, update, hash } }
}
