import type { PastRange } from '../../core/history/history-port.ts'
import type { SqlTable } from '../../define/describe-table.ts'
import type { HistoryPlace } from '../../protocol/history.ts'
import type { Statement } from './statement.ts'

/** Reads a page of a record's history. */
export function historyStatement(
  tenant: string,
  { name }: SqlTable,
  id: string,
  { before, limit }: PastRange,
): Statement {
  return {
    text: 'SELECT tidemark.record_history($1, $2, $3, $4, $5, $6) AS answer',
    params: [tenant, name, id, before?.epoch ?? null, before?.seq ?? null, limit],
  }
}

/** Reads one edit of the history. */
export function editStatement(tenant: string, { epoch, seq }: HistoryPlace): Statement {
  return { text: 'SELECT tidemark.edit_history($1, $2, $3) AS answer', params: [tenant, epoch, seq] }
}
