import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { HistoryItem, HistoryPage, HistoryPlace } from '../../../src/protocol/history.ts'
import { MAX_HISTORY_ITEMS } from '../../../src/protocol/limits.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { PastPlace } from '../api/history.ts'

/** Reads one page of a record's past. */
type ReadPage = (range: {
  readonly before?: HistoryPlace
  readonly limit: number
}) => Promise<HistoryPage | WireError>

/**
 * A record as it was at a place: as it is now, with what came later taken back, the newest first. Logs follow each
 * other, so what is of another log than the place's is later until one of that log was met, and earlier from then on.
 */
export async function rowAsOf(
  read: ReadPage,
  place: PastPlace,
): Promise<{ readonly row: Row | null } | WireError> {
  let page = await read({ limit: MAX_HISTORY_ITEMS })
  if ('code' in page) return page
  const wanted = typeof place === 'number' ? { epoch: page.epoch, seq: place } : place
  let row = page.row
  let isMet = wanted.epoch === page.epoch
  for (;;) {
    for (const item of page.items) {
      const isOfLog = item.epoch === wanted.epoch
      isMet ||= isOfLog
      if (isOfLog ? item.seq <= wanted.seq : isMet) return { row }
      row = rowBefore(item, row)
    }
    if (page.older === 'none' || !page.next) break
    page = await read({ before: page.next, limit: MAX_HISTORY_ITEMS })
    if ('code' in page) return page
  }
  if (page.older === 'unavailable') {
    return wireError('busy', 'The database, which has what is older, does not answer; try again later.')
  }
  return isMet ? { row } : wireError('not-found', 'The history of this record has nothing of that log.')
}

/** What an undone edit did is taken back as well: later changes were made in sight of it. */
function rowBefore({ kind, from }: HistoryItem, row: Row | null): Row | null {
  if (kind === 'update') return row && { ...row, ...from }
  return kind === 'delete' ? from : null
}
