import type { Question } from '../../core/edits/proposal.ts'
import type { Batch } from '../../core/outbox/batch.ts'
import { applyStatement, type TableOf, toSqlChange } from './apply-statement.ts'
import type { Statement } from './statement.ts'

/** The call of `tidemark.propose`: a batch, and what is asked about a proposal behind it. */
export function proposeStatement(
  tenant: string,
  batch: Batch,
  question: Question,
  cursor: string,
  tableOf: TableOf,
): Statement {
  const { params } = applyStatement(tenant, batch, cursor, tableOf)
  const { client: actor, n, subject, at } = question
  const edit = { actor, n, subject, at, changes: [], conflicts: [] }
  const asked =
    'withdrawn' in question
      ? { ...edit, withdrawn: question.withdrawn }
      : {
          ...edit,
          changes: question.changes.map((change) => toSqlChange(change, tableOf)),
          conflicts: question.conflicts,
        }
  return {
    text: 'SELECT tidemark.propose($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS answer',
    params: [...params, JSON.stringify(asked)],
  }
}
