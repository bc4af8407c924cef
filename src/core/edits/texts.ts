import type { TextOp } from '../../protocol/text-op.ts'
import type { Value } from '../../protocol/value.ts'
import { hashText } from '../records/hash.ts'
import type { Manuscript } from '../records/manuscript.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { type Applied, applyTo, makeManuscript, textOf, writeText } from '../text/manuscript.ts'

/**
 * The manuscript of a record's text. Until somebody edits it there, it is made of the plain text each time, and always
 * the same; once the text has become another without it, so is the manuscript.
 */
export function manuscriptOf(record: StoredRecord, column: string, epoch: string): Manuscript {
  const text = plainText(record, column)
  const known = keptManuscript(record, column)
  if (known && textOf(known) === text) return known
  return makeManuscript(text, hashText(JSON.stringify([epoch, versionOf(record, column).seq, text])))
}

/** Makes a client's change of a text in the manuscript, if it is the one that the change was made on. */
export function editText(
  record: StoredRecord,
  column: string,
  op: TextOp,
  by: { readonly author: string; readonly epoch: string },
): Applied {
  const manuscript = manuscriptOf(record, column, by.epoch)
  if (op.made?.lineage !== manuscript.lineage) return { is: 'missing' }
  return applyTo(manuscript, by.author, op.made.update)
}

/**
 * The manuscripts of a record after one of its fields was written, to be spread into it. A manuscript that is kept is
 * told of whatever else writes its text.
 *
 * @param manuscript in which the write was made
 */
export function textsAfter(
  record: StoredRecord,
  column: string,
  value: Value,
  manuscript: Manuscript | undefined,
): Pick<StoredRecord, 'texts'> {
  const known = keptManuscript(record, column)
  const now = manuscript ?? (known && writeText(known, typeof value === 'string' ? value : ''))
  return now ? { texts: { ...record.texts, [column]: now } } : {}
}

/** A record without the manuscripts of its texts: for values that are only compared. */
export function withoutTexts(record: StoredRecord | undefined): StoredRecord | undefined {
  if (!record?.texts) return record
  const { texts: _, ...values } = record
  return values
}

function keptManuscript({ texts }: StoredRecord, column: string): Manuscript | undefined {
  return texts && Object.hasOwn(texts, column) ? texts[column] : undefined
}

function plainText({ row }: StoredRecord, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}
