import type { Collection, ColumnType } from '../protocol/manifest.ts'
import { ENGINE_SCHEMA, type SqlTable } from './describe-table.ts'

/** Types that SQL has another name for. */
const SQL_TYPES: Partial<Record<ColumnType, string>> = {
  timestamp: 'timestamp with time zone',
  json: 'jsonb',
  number: 'double precision',
}

/** The table of one of the engine's own collections, whose columns are called as in SQL usage. */
export function engineTable(name: string, { columns }: Collection): SqlTable {
  return {
    name: ENGINE_SCHEMA + name,
    columns: columns.map((column) => ({
      name: column.name,
      sqlName: column.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      sqlType: SQL_TYPES[column.type] ?? column.type,
    })),
    writes: 'net',
  }
}
