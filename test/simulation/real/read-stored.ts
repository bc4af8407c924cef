import * as v from 'valibot'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Stored } from './ground.ts'

const metaSchema = v.array(v.object({ key: v.string(), value: v.string() }))
const logSchema = v.array(v.object({ entries: v.string() }))
const recordsSchema = v.array(v.object({ collection: v.string(), id: v.string(), row: v.string() }))

/** Reads what an object has stored, given a way to its tables. */
export function readStored(select: (text: string) => unknown[]): Stored {
  const meta = new Map(
    v.parse(metaSchema, select('SELECT key, value FROM meta')).map(({ key, value }) => [key, value]),
  )
  const log = v.parse(logSchema, select('SELECT entries FROM log ORDER BY last_seq'))
  const records = v.parse(
    recordsSchema,
    select('SELECT collection, id, row FROM record WHERE deleted_seq IS NULL'),
  )
  return {
    epoch: meta.get('epoch') ?? '',
    // As the object writes them.
    entries: log.flatMap(({ entries }): LogEntry[] => JSON.parse(entries)),
    records: records.map(({ collection, id, row }): [string, string, Row] => [
      collection,
      id,
      JSON.parse(row),
    ]),
  }
}
