import { expect, it } from 'vitest'
import { buildChangedApp } from '../../dev/harness/changed-app.ts'
import { BOARD } from '../fixtures/board/application.ts'
import { open } from '../support/person.ts'
import { startStack } from '../support/stack.ts'

it('SCH-11 a page from before a deploy shows what was added, and its edits leave it as it is', async () => {
  await using stack = await startStack()
  const ada = await open(stack, 'ada')
  const made = ada.db.transaction((tx) => {
    tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
    tx.cards.insert({ id: 'c1', number: 'N-1', assigneeId: 'a1', targetPoints: 10_000 })
  })
  expect(await made.committed).toMatchObject({ ok: true })

  // Postgres first. The Worker of before knows nothing of the column, nor of what is written there.
  await stack.sql("ALTER TABLE cards ADD COLUMN sprint_name text NOT NULL DEFAULT 'none'")
  await stack.sql("UPDATE cards SET sprint_name = 'S-7', notes = 'ordered' WHERE id = 'c1'")
  await ada.sees('c1', ({ notes }) => notes === 'ordered')
  await ada.db.cards.insert({ id: 'c2', number: 'N-2', assigneeId: 'a1', targetPoints: 500 }).committed

  const added = "sprintName: text('sprint_name').notNull().default('none'),"
  await stack.deploy(
    await buildChangedApp(BOARD, (schema) => schema.replace("dueOn: date('due_on'", `${added}\n    $&`)),
  )
  await ada.sees('c1', (card) => 'sprintName' in card && card.sprintName === 'S-7')
  await ada.sees('c2', (card) => 'sprintName' in card && card.sprintName === 'none')
  const changed = ada.db.cards.update('c1', (draft) => {
    draft.reactions += 1
  })
  const inserted = ada.db.cards.insert({ id: 'c3', number: 'N-3', assigneeId: 'a1', targetPoints: 1 })
  for (const { committed } of [changed, inserted]) expect(await committed).toMatchObject({ ok: true })
  expect(await stack.sql('SELECT id, sprint_name, reactions FROM cards ORDER BY id')).toEqual([
    { id: 'c1', sprint_name: 'S-7', reactions: 1 },
    { id: 'c2', sprint_name: 'none', reactions: 0 },
    { id: 'c3', sprint_name: 'none', reactions: 0 },
  ])
  // Somebody with the same rights, on a page from after it.
  const again = await open(stack, 'ada')
  expect(again.shown()).toEqual(ada.shown())
  for (const person of [ada, again]) person.close()
})
