import type { TidemarkApp } from '../postgres/define-app.ts'
import type { Storage } from './platform.ts'
import { columnSql } from './query-sql.ts'

const PREFIX = 'declared_'

/**
 * Makes the indexes that the application declares for its queries, and drops those it no longer does. Names
 * come from the manifest: letters, digits and underscores. An index holds one collection's living records,
 * so it is used only by statements that name that collection and ask for such.
 */
export function declareIndexes({ sql }: Storage, declared: TidemarkApp['indexes']): void {
  const wanted = new Map<string, string>()
  for (const [collection, lists] of declared) {
    for (const columns of lists) {
      const places = [...columns.map(columnSql), 'id'].join()
      wanted.set(
        [PREFIX + collection, ...columns].join('_'),
        `record (${places}) WHERE collection = '${collection}' AND deleted_seq IS NULL`,
      )
    }
  }
  const held = sql
    .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB '${PREFIX}*'`)
    .toArray()
    .map(({ name }) => name)
  for (const name of held) if (!wanted.has(name)) sql.exec(`DROP INDEX "${name}"`)
  for (const [name, place] of wanted) {
    if (!held.includes(name)) sql.exec(`CREATE INDEX "${name}" ON ${place}`)
  }
}
