import { expect, it } from 'vitest'
import { isPageOf, startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { contactId, insertContacts } from '../../dev/harness/many-contacts.ts'
import { startStack } from '../../dev/harness/stack.ts'
import { until } from '../../dev/harness/until.ts'
import { RawSocket } from '../support/raw-socket.ts'

const ROWS = 100_000
const HALF = ROWS / 2

it('E2E-60 a load that is killed halfway goes on where it stood, and ends at what Postgres holds', async () => {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({
    faults,
    prepare: (connectionString) => insertContacts(connectionString, 'acme', ROWS),
  })
  /** The ids after which pages were read. */
  const read: string[] = []
  let isWhole = false
  faults.decide((asked) => {
    if (!isPageOf('contacts', asked)) return 'pass'
    const after = String(asked.params[1])
    if (!isWhole && after >= contactId(HALF)) return 'refuse'
    read.push(after)
    return 'pass'
  })
  const ada = stack.client('ada')
  const contacts = ada.contacts.all()
  const progress: number[] = []
  const stop = contacts.subscribe(({ progress: told }) => {
    if (told?.stage === 'loading') progress.push(told.done)
  })
  const changeBothSides = async (note: string, gone: number) => {
    for (const at of [1_000, 99_000]) {
      const insert = 'INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $3)'
      await stack.sql(insert, ['acme', `${contactId(at)}-${note}`, note])
      const update = 'UPDATE contacts SET city = city || $1 WHERE id IN ($2, $3)'
      await stack.sql(update, [note, contactId(at), `${contactId(at)}-stopped`])
      await stack.sql('DELETE FROM contacts WHERE id = $1', [contactId(at + gone)])
    }
  }

  await until('half of it is loaded', () => progress.at(-1) === HALF)
  const ben = await RawSocket.join(stack.url, await stack.token('ben'), 'ben-in-a-hurry')
  const values = { id: 'early', number: 'E-1', contactId: contactId(1), totalCents: 1 }
  const op = { op: 'insert' as const, collection: 'invoices', id: 'early', values }
  ben.send(['push', 0, [{ n: 1, context: ben.context, ops: [op] }]])
  const [, [verdict]] = await ben.next('receipt')
  expect(verdict).toMatchObject({ is: 'rejected', n: 1, error: { code: 'hydrating', retryable: true } })
  const edit = ada.invoices.insert(values)
  await changeBothSides('stopped', 1)

  await stack.killWorker()
  await changeBothSides('killed', 2)
  const [before, toldBefore] = [read.length, progress.length]
  isWhole = true

  await until('everything is loaded', () => contacts.getSnapshot().status === 'ready')
  expect(read[before]).toBe(contactId(HALF))
  expect(read).toHaveLength(new Set(read).size)
  expect(progress[toldBefore]).toBeGreaterThan(HALF)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  expect(await edit.committed).toMatchObject({ ok: true })
  const inPostgres = await stack.sql(
    "SELECT id, name, email, city FROM contacts WHERE tenant_id = 'acme' ORDER BY id",
  )
  const { rows } = contacts.getSnapshot()
  expect(rows).toHaveLength(ROWS)
  expect(onlyIn(rows, inPostgres)).toEqual([])
  expect(onlyIn(inPostgres, rows)).toEqual([])
  stop()
  ada.close()
  ben.close()
})

/** The rows of one side that the other has not, or not so. */
function onlyIn(side: readonly object[], other: readonly object[]): string[] {
  const there = new Set(other.map((row) => JSON.stringify(row)))
  return side.map((row) => JSON.stringify(row)).filter((row) => !there.has(row))
}
