import { expect, it } from 'vitest'
import { isPageOf, startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { insertPeople, personId } from '../../dev/harness/many-people.ts'
import { until } from '../../dev/harness/until.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { startStack } from '../support/stack.ts'

const ROWS = 100_000
const HALF = ROWS / 2

it('E2E-60 a load that is killed halfway goes on where it stood, and ends at what Postgres holds', async () => {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({
    faults,
    prepare: (connectionString) =>
      insertPeople(connectionString, 'assignees', { tenant: 'acme', count: ROWS }),
  })
  /** The ids after which pages were read. */
  const read: string[] = []
  let isWhole = false
  faults.decide((asked) => {
    if (!isPageOf('assignees', asked)) return 'pass'
    const after = String(asked.params[1])
    if (!isWhole && after >= personId(HALF)) return 'refuse'
    read.push(after)
    return 'pass'
  })
  const ada = stack.client('ada')
  const assignees = ada.assignees.all()
  const progress: number[] = []
  const stop = assignees.subscribe(({ progress: told }) => {
    if (told?.stage === 'loading') progress.push(told.done)
  })
  const changeBothSides = async (note: string, gone: number) => {
    for (const at of [1_000, 99_000]) {
      const insert = 'INSERT INTO assignees (tenant_id, id, name) VALUES ($1, $2, $3)'
      await stack.sql(insert, ['acme', `${personId(at)}-${note}`, note])
      const update = 'UPDATE assignees SET city = city || $1 WHERE id IN ($2, $3)'
      await stack.sql(update, [note, personId(at), `${personId(at)}-stopped`])
      await stack.sql('DELETE FROM assignees WHERE id = $1', [personId(at + gone)])
    }
  }

  await until('half of it is loaded', () => progress.at(-1) === HALF)
  const ben = await RawSocket.join(stack.url, await stack.token('ben'), 'ben-in-a-hurry')
  const values = { id: 'early', number: 'E-1', assigneeId: personId(1), targetPoints: 1 }
  const op = { op: 'insert' as const, collection: 'cards', id: 'early', values }
  ben.send(['push', 0, [{ n: 1, context: ben.context, ops: [op] }]])
  const [, [verdict]] = await ben.next('receipt')
  expect(verdict).toMatchObject({ is: 'rejected', n: 1, error: { code: 'hydrating', retryable: true } })
  const edit = ada.cards.insert(values)
  await changeBothSides('stopped', 1)

  await stack.killWorker()
  await changeBothSides('killed', 2)
  const [before, toldBefore] = [read.length, progress.length]
  isWhole = true

  await until('everything is loaded', () => assignees.getSnapshot().status === 'ready')
  expect(read[before]).toBe(personId(HALF))
  expect(read).toHaveLength(new Set(read).size)
  expect(progress[toldBefore]).toBeGreaterThan(HALF)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  expect(await edit.committed).toMatchObject({ ok: true })
  const inPostgres = await stack.sql(
    "SELECT id, name, email, city FROM assignees WHERE tenant_id = 'acme' ORDER BY id",
  )
  const { rows } = assignees.getSnapshot()
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
