import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectCommitted } from '../support/outcomes.ts'
import { open } from '../support/person.ts'
import { startStack } from '../support/stack.ts'

it('WAL-11 a whole system loads, stores and hears of other programs behind the wall, and has no other connection', async () => {
  await using stack = await startStack()
  await stack.sql(
    `INSERT INTO assignees (tenant_id, id, name)
       VALUES ('acme', 'loaded', 'Loaded'), ('another', 'hidden', 'Hidden')`,
  )
  const ada = await open(stack, 'ada')
  await expectCommitted([ada.db.assignees.insert({ name: 'Made' })])
  await stack.sql("UPDATE assignees SET city = 'York' WHERE tenant_id = 'acme' AND id = 'loaded'")
  await stack.nudge('acme')
  await until('the change of another program is shown', () => ada.db.assignees.get('loaded')?.city === 'York')
  expect(
    await stack.sql(
      `SELECT DISTINCT usename AS name FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    ),
  ).toEqual([{ name: 'tidemark_app' }])
  ada.close()
})
