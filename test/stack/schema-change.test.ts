import { expect, it } from 'vitest'
import { buildChangedApp } from '../../dev/harness/changed-app.ts'
import { open } from '../../dev/harness/person.ts'
import { startStack } from '../../dev/harness/stack.ts'

it('SCH-11 a page from before a deploy shows what was added, and its edits leave it as it is', async () => {
  await using stack = await startStack()
  const ada = await open(stack, 'ada')
  const made = ada.db.transaction((tx) => {
    tx.contacts.insert({ id: 'c1', name: 'Mill & Sons' })
    tx.invoices.insert({ id: 'i1', number: 'N-1', contactId: 'c1', totalCents: 10_000 })
  })
  expect(await made.committed).toMatchObject({ ok: true })

  // Postgres first. The Worker of before knows nothing of the column, nor of what is written there.
  await stack.sql("ALTER TABLE invoices ADD COLUMN po_number text NOT NULL DEFAULT 'none'")
  await stack.sql("UPDATE invoices SET po_number = 'PO-7', notes = 'ordered' WHERE id = 'i1'")
  await ada.sees('i1', ({ notes }) => notes === 'ordered')
  await ada.db.invoices.insert({ id: 'i2', number: 'N-2', contactId: 'c1', totalCents: 500 }).committed

  const added = "poNumber: text('po_number').notNull().default('none'),"
  await stack.deploy(
    await buildChangedApp((schema) => schema.replace("dueOn: date('due_on'", `${added}\n    $&`)),
  )
  await ada.sees('i1', (invoice) => 'poNumber' in invoice && invoice.poNumber === 'PO-7')
  await ada.sees('i2', (invoice) => 'poNumber' in invoice && invoice.poNumber === 'none')
  const changed = ada.db.invoices.update('i1', (draft) => {
    draft.reminders += 1
  })
  const inserted = ada.db.invoices.insert({ id: 'i3', number: 'N-3', contactId: 'c1', totalCents: 1 })
  for (const { committed } of [changed, inserted]) expect(await committed).toMatchObject({ ok: true })
  expect(await stack.sql('SELECT id, po_number, reminders FROM invoices ORDER BY id')).toEqual([
    { id: 'i1', po_number: 'PO-7', reminders: 1 },
    { id: 'i2', po_number: 'none', reminders: 0 },
    { id: 'i3', po_number: 'none', reminders: 0 },
  ])
  const ben = await open(stack, 'ben')
  expect(ben.shown()).toEqual(ada.shown())
  for (const person of [ada, ben]) person.close()
})
