import { expect, test } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import { useDatabase } from '../support/database.ts'
import {
  batchOf,
  CLIENT,
  done,
  EPOCH,
  entry,
  insertAssignee,
  insertCard,
  oneByOne,
} from '../support/edits.ts'

const database = useDatabase()

const undone = wireError('depends-on-reverted', 'There is no record "a9".', { ref: 'name' })

/** Postgres refuses it. */
const orphan = insertCard('c1', { assigneeId: 'nobody' })

const entries = [
  entry(1, [insertAssignee('a1')]),
  entry(2, [], { undone }),
  entry(3, [], { undone, actor: 'client-ben', n: 1, subject: 'ben' }),
  entry(4, [insertAssignee('a2')]),
]

test.for([
  ['set-wise', batchOf(entries)],
  ['edit by edit', oneByOne(batchOf(entries))],
] as const)(
  'PG-82 the verdict on an edit that was undone before it was sent is kept once: in the history and the mark (%s)',
  async ([tenant, batch]) => {
    const gateway = database.gateway(tenant)
    await done(gateway.open(EPOCH))
    const all = { is: 'applied', applied: 4, refusals: [] }
    for (const _ of ['sent', 'sent again']) expect(await done(gateway.apply(batch))).toMatchObject(all)
    const history = await database.sql(
      `SELECT seq::int, refused ->> 'sqlState' AS state FROM tidemark.history WHERE tenant_id = $1 ORDER BY seq`,
      [tenant],
    )
    expect(history).toEqual([
      { seq: 1, state: null },
      { seq: 2, state: 'TM003' },
      { seq: 3, state: 'TM003' },
      { seq: 4, state: null },
    ])
    const verdict = { sqlState: 'TM003', message: undone.message, column: 'name' }
    expect((await done(gateway.open('epoch-2'))).marks).toEqual([
      { client: CLIENT, subject: 'ada', n: 4, refusals: [{ ...verdict, seq: 2, n: 2 }] },
      { client: 'client-ben', subject: 'ben', n: 1, refusals: [{ ...verdict, seq: 3, n: 1 }] },
    ])
  },
)

test('PG-82 and stands beside those of Postgres, in the order of the edits', async () => {
  const gateway = database.gateway('both')
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([...entries, entry(5, [orphan])])))
  const [mark] = (await done(gateway.open(EPOCH))).marks
  expect(mark?.refusals).toMatchObject([
    { n: 2, sqlState: 'TM003' },
    { n: 5, sqlState: '23503' },
  ])
})

test('PG-82 and is not kept of edits that a batch does not reach', async () => {
  const gateway = database.gateway('short')
  await done(gateway.open(EPOCH))
  const refused = [entry(1, [insertAssignee('a1')]), entry(2, [orphan]), entry(3, [], { undone })]
  await done(gateway.apply(batchOf(refused)))
  const [mark] = (await done(gateway.open(EPOCH))).marks
  expect(mark).toMatchObject({ n: 2, refusals: [{ n: 2, sqlState: '23503' }] })
})
