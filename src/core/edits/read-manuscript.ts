import type { TextAnswer } from '../../protocol/down/text.ts'
import { wireError } from '../../protocol/errors.ts'
import type { ReadText } from '../../protocol/up/read-text.ts'
import { rightsOf } from '../access/rights.ts'
import { type Application, type Claims, findCollection } from '../app/application.ts'
import { matches } from '../query/filter.ts'
import { hashText } from '../records/hash.ts'
import { textOf, updateSince } from '../text/manuscript.ts'
import { notFound, unknownColumn } from './refusals.ts'
import { manuscriptOf } from './texts.ts'
import type { Reads } from './turn.ts'

/** The manuscript of a text, or what of it the client lacks, as far as somebody may know of it. */
export function readManuscript(
  app: Application,
  reads: Pick<Reads, 'record' | 'epoch'>,
  claims: Claims,
  { collection: name, record: id, column: columnName, have }: ReadText,
): TextAnswer {
  const collection = findCollection(app.manifest, name)
  if (!collection)
    return { error: wireError('unknown-collection', `"${name}" is not a collection.`, { ref: name }) }
  const { read, hidden } = rightsOf(app, claims, name)
  const column = collection.columns.find((candidate) => candidate.name === columnName)
  if (!column || hidden.includes(columnName)) return { error: unknownColumn(columnName) }
  if (column.policy.kind !== 'text')
    return {
      error: wireError('bad-operation', `"${columnName}" is not a text that several write.`, {
        ref: columnName,
      }),
    }
  const record = reads.record(name, id)
  if (!record || record.deleted || !matches(read, record.row)) return { error: notFound(id) }
  const manuscript = manuscriptOf(record, columnName, reads.epoch)
  const { lineage } = manuscript
  const hash = hashText(textOf(manuscript))
  if (have?.lineage !== lineage)
    return { manuscript: { lineage, update: updateSince(manuscript) ?? '', hash, whole: true } }
  const update = updateSince(manuscript, have.vector)
  return update === undefined
    ? { error: wireError('bad-value', 'What you hold of the text is not said in a vector of Yjs.') }
    : { manuscript: { lineage, update, hash } }
}
