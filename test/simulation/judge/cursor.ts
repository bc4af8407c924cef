import type { ExternalEvent } from '../../../src/core/external/events.ts'
import { rowsOf } from '../../../src/core/external/take-external.ts'
import type { Change } from '../../../src/core/log/log.ts'
import { recordKey } from '../../../src/core/records/record.ts'

/** A change by its place in the list of what others changed. */
type Listed = { readonly place: number; readonly change: ExternalEvent }

/** The cursor of rows that were never read. Others are written as cluster@length|mark|places read ahead. */
export const NOTHING = '0'

/** How many changes a cursor has read. */
export const lengthOf = (cursor: string) => Number(cursor.split('@').at(-1)?.split('|')[0])

/** The cluster that it has read them in. */
export const clusterOf = (cursor: string) => Number(cursor.split('@')[0])

/** The places beyond them that it has read before their turn. */
export function aheadOf(cursor: string): number[] {
  const [, , places] = cursor.split('|')
  return places === undefined ? [] : places.split(',').map(Number)
}

/** What a cursor has not read. */
export function unread(changes: readonly ExternalEvent[], cursor: string): Listed[] {
  const ahead = new Set(aheadOf(cursor))
  return changes
    .map((change, place) => ({ place, change }))
    .slice(lengthOf(cursor))
    .filter(({ place }) => !ahead.has(place))
}

/** Those of the rows that somebody waits for. A row that a proposal has changed is read in its turn. */
export function ofRows(waiting: readonly Listed[], rows: readonly Change[]): Listed[] {
  const keys = (changes: readonly { collection: string; id: string }[]) =>
    new Set(changes.map(({ collection, id }) => recordKey(collection, id)))
  const proposed = keys(waiting.flatMap(({ change }) => (change.kind === 'proposal' ? rowsOf(change) : [])))
  const wanted = keys(rows)
  return waiting.filter(({ change }) => {
    if (change.kind === 'proposal') return false
    const key = recordKey(change.collection, change.id)
    return wanted.has(key) && !proposed.has(key)
  })
}
