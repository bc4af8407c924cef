import type { Invoice } from '../data/database.ts'
import { compareTexts, withEveryWord } from '../lists/words.ts'
import type { Notification } from '../notifications/notification-words.ts'

/** An invoice that was deleted, as those who keep the books are told. */
export type Deleted = {
  readonly id: string
  readonly number: string
  readonly by: readonly string[]
  readonly at: string
}

/** The invoices that are deleted by now, as far as the person was told, the last one first. */
export function deletedOf(
  told: readonly Notification[],
  invoices: readonly Pick<Invoice, 'id'>[],
): readonly Deleted[] {
  const there = new Set(invoices.map(({ id }) => id))
  const newest = told
    .flatMap((item) => (item.kind === 'invoice-deleted' && !there.has(item.record) ? [item] : []))
    .sort((a, b) => compareTexts(b.at, a.at))
  const byId = new Map<string, Deleted>()
  for (const { record: id, data, by, at } of newest)
    if (!byId.has(id)) byId.set(id, { id, number: data.number, by, at })
  return [...byId.values()]
}

/** Those that have every word of the text in their number. */
export function findDeleted(deleted: readonly Deleted[], text: string): readonly Deleted[] {
  return withEveryWord(deleted, text, ({ number }) => number)
}
