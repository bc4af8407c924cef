import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Applied, Batch } from '../../../src/core/outbox/batch.ts'
import type { Attempt } from '../../../src/core/outbox/postgres-port.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { writesContract } from '../../contract/postgres-writes.ts'
import { EPOCH } from '../../postgres/support/edits.ts'
import { type MemoryAnswer, MemoryPostgres } from '../../support/memory-postgres.ts'

const well = <Value>(value: Value): Attempt<Value> => ({ ok: true, value })

/** Postgres in memory refuses what its user names: here, what a foreign key would. */
const isImpossible = ({ changes }: Pick<LogEntry, 'changes'>) =>
  changes.some((change) => 'after' in change && change.after['assigneeId'] === 'nobody')

function told({ is, applied, refusals, changes, cursor, verdict }: MemoryAnswer): Applied {
  return {
    is,
    applied,
    refusals: refusals.map((seq) => ({ seq, sqlState: '23503', message: 'no such assignee' })),
    external: { changes, cursor: String(cursor), more: false },
    ...(verdict && { verdict }),
  }
}

writesContract('in memory', async () => {
  const postgres = new MemoryPostgres(EPOCH)
  const refusedIn = ({ entries: edits }: Batch) => edits.find(isImpossible)?.seq
  const sorted = (table: ReadonlyMap<string, Row>) =>
    [...table.values()].toSorted((one, other) => (String(one['id']) < String(other['id']) ? -1 : 1))
  return {
    port: {
      apply: async (batch, cursor) => well(told(postgres.apply(batch, Number(cursor), refusedIn(batch)))),
      propose: async (batch, question, cursor) => {
        const refuse = 'changes' in question && isImpossible(question) ? 'it' : false
        return well(told(postgres.propose(batch, question, Number(cursor), refusedIn(batch) ?? refuse)))
      },
      poll: async (_, cursor) => {
        const external = postgres.look(Number(cursor))
        return well({
          is: 'current',
          external: { ...external, cursor: String(external.cursor), more: false },
        })
      },
    },
    cursor: '0',
    rows: async (collection) => sorted(postgres.table(collection)),
    writeAssignee: async (id, set) => {
      if (!set) postgres.delete('assignees', id)
      else if (postgres.table('assignees').has(id)) postgres.update('assignees', id, () => set)
      else postgres.insert('assignees', { id, name: '', email: '', city: '', ...set })
    },
  }
})
