import { type WireError, wireError } from '../../protocol/errors.ts'
import type { PastChange } from '../../protocol/history.ts'
import type { Row } from '../../protocol/value.ts'
import { rightsOf } from '../access/rights.ts'
import { type Application, type Claims, findCollection } from '../app/application.ts'
import { matches } from '../query/filter.ts'
import { shownChange } from './past.ts'

/** The part of one collection's past that somebody may see. */
export type PastRights = {
  /** Whether they may see a record, by the row that it has or had last. */
  sees(row: Row): boolean
  show(change: PastChange): PastChange | undefined
  row(row: Row): Row
}

/** The rights of a person in a collection, by today's rights; or that there is no such collection. */
export function pastRightsOf(app: Application, claims: Claims, name: string): PastRights | WireError {
  const collection = findCollection(app.manifest, name)
  if (!collection) return wireError('unknown-collection', `"${name}" is not a collection.`, { ref: name })
  const { read, hidden } = rightsOf(app, claims, name)
  const whole = { kind: 'insert', collection: name, id: '', from: {} } as const
  return {
    sees: (row) => matches(read, row),
    show: (change) => shownChange(change, collection, hidden),
    row: (row) => shownChange({ ...whole, to: row }, collection, hidden)?.to ?? {},
  }
}
