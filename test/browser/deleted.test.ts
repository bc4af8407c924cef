import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { open, type Person } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { says } from './looks.ts'

let stack: Stack
let browser: Browser
let someone: Person
let ada: Page
let ben: Page
let first: Record<'id' | 'number', string>
let second: Record<'id' | 'number', string>

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const drafts = (
    await stack.sql(
      "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'draft' ORDER BY number DESC LIMIT 2",
    )
  ).map(({ id, number }) => ({ id: String(id), number: String(number) }))
  const [one, two] = drafts
  if (!one || !two) throw new Error('the seed has two drafts')
  ;[first, second] = [one, two]
  browser = await openBrowser()
  someone = await open(stack, 'ada')
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
})

afterAll(async () => {
  someone.close()
  await browser.close()
  await stack.stop()
})

const choose = (page: Page, status: string) => page.getByTestId('filter-status').selectOption(status)

it('E2E-93 a deleted invoice is found by its notification, with its history, and restored', async () => {
  await choose(ben, 'deleted')
  await says(ben, 'list-note', 'No invoice was deleted lately.')
  await choose(ben, 'all')
  await stack.sql("DELETE FROM invoices WHERE tenant_id = 'acme' AND id = $1", [first.id])
  await stack.nudge('acme')
  await ben.getByRole('button', { name: 'Notifications: 1 new' }).click()
  await ben.getByRole('link', { name: `Invoice ${first.number} was deleted` }).click()
  await ben.getByTestId('deleted').waitFor()
  await until('its history is there', async () =>
    (await ben.getByTestId('history-item').first().innerText()).startsWith('Deleted in the database by '),
  )
  await ben.getByTestId('restore').click()
  await ben.getByTestId('due').waitFor()
  await ada.getByTestId(`invoice-row-${first.number}`).waitFor()
  await until('it is in Postgres', async () => {
    const rows = await stack.sql('SELECT 1 FROM invoices WHERE id = $1', [first.id])
    return rows.length === 1
  })
})

it('E2E-93 it is listed among the deleted ones until somebody restores it, also for who deleted it', async () => {
  expect(await someone.db.invoices.delete(second.id).committed).toMatchObject({ ok: true })
  for (const [page, who] of [
    [ada, 'You'],
    [ben, 'Ada'],
  ] as const) {
    await choose(page, 'deleted')
    await page.getByTestId(`deleted-row-${second.number}`).waitFor()
    await says(page, 'totals', '1 deleted invoice')
    expect(await page.getByTestId(`deleted-row-${second.number}`).innerText()).toContain(who)
  }
  await ada.getByTestId('search').fill('no such number')
  await says(ada, 'list-note', 'No deleted invoice matches.')
  await ada.getByTestId('search').fill(second.number)
  await ada.getByTestId(`deleted-row-${second.number}`).getByRole('link').press('Enter')
  await ada.getByTestId('deleted').waitFor()
  await ada.getByTestId('undo').click()
  await says(ada, 'undo-does', 'Restores the invoice as it was.')
  await ada.getByTestId('undo-confirm').click()
  await ada.getByTestId('due').waitFor()
  await says(ben, 'list-note', 'No invoice was deleted lately.')
})

it('E2E-93 who is not told of them has no such list', async () => {
  const vic = await browser.signIn(stack, 'vic')
  expect(await vic.getByTestId('filter-status').locator('option[value=deleted]').count()).toBe(0)
  await vic.context().close()
})
