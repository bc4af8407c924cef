import type { Conflict } from '../../core/log/log.ts'
import type { Sql } from '../../platform/platform.ts'

/** Keeps both sides of a conflict. `ordinal`: its place among those of one turn. */
export function putConflict(sql: Sql, epoch: string, conflict: Conflict, ordinal: number): void {
  sql.exec(
    'INSERT INTO conflict (epoch, seq, ordinal, conflict) VALUES (?, ?, ?, ?)',
    epoch,
    conflict.seq,
    ordinal,
    JSON.stringify(conflict),
  )
}
