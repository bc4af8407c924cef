import type { TidemarkApp } from '../../define/define-app.ts'
import type { Sql } from '../../platform/platform.ts'
import { indexedColumnsOf } from './indexed-columns.ts'
import { keySql } from './query-sql.ts'
import type { Records } from './records.ts'

const PREFIX = 'keyed_'

/** Of indexes that earlier versions made over the rows themselves. */
const EARLIER_PREFIX = 'declared_'

/**
 * Makes the indexes that the application declares for its queries, and drops those it no longer does. Names
 * come from the manifest: letters, digits and underscores. An index holds one collection's living records,
 * so it is used only by statements that name that collection and ask for such.
 */
export function declareIndexes(sql: Sql, records: Records, declared: TidemarkApp['indexes']): void {
  const wanted = new Map<string, string>()
  for (const [collection, lists] of declared) {
    for (const columns of lists) {
      const places = [...columns.map(keySql), 'id'].join()
      wanted.set(
        [PREFIX + collection, ...columns].join('_'),
        `record (${places}) WHERE collection = '${collection}' AND deleted_seq IS NULL`,
      )
    }
  }
  const held = sql
    .exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'index' AND (name GLOB '${PREFIX}*' OR name GLOB '${EARLIER_PREFIX}*')`,
    )
    .toArray()
    .map(({ name }) => name)
  for (const name of held) if (!wanted.has(name)) sql.exec(`DROP INDEX "${name}"`)
  const missing = [...wanted].filter(([name]) => !held.includes(name))
  if (missing.length === 0) return
  for (const collection of indexedColumnsOf(declared).keys()) records.rekey(collection)
  for (const [name, place] of missing) sql.exec(`CREATE INDEX "${name}" ON ${place}`)
}
