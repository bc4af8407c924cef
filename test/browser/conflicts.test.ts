import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { hasFocus, holds, says } from './looks.ts'

let stack: Stack
let browser: Browser
let ada: Page
let ben: Page
let id: string
let number: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [invoice] = await stack.sql(
    "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1",
  )
  id = String(invoice?.['id'])
  number = String(invoice?.['number'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
  for (const page of [ada, ben]) await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

async function write(page: Page, testId: string, text: string): Promise<void> {
  await page.getByTestId(testId).fill(text)
  await page.getByTestId(testId).press('Enter')
}

const isOffline = (page: Page, offline: boolean) => page.context().setOffline(offline)

const stored = (column: 'reference' | 'due_on', value: string) =>
  until(`${column} is "${value}" in Postgres`, async () => {
    const [row] = await stack.sql(`SELECT ${column}::text AS value FROM invoices WHERE id = $1`, [id])
    return row?.['value'] === value
  })

/** Both rewrite a field without a connection. The first comes back first, so it is the second who writes over it. */
async function rewriteOffline(
  testId: string,
  [first, text]: readonly [Page, string],
  [second, over]: readonly [Page, string],
) {
  for (const page of [first, second]) {
    await isOffline(page, true)
    await says(page, 'connection', 'offline')
  }
  await write(first, testId, text)
  await write(second, testId, over)
  for (const page of [first, second]) await says(page, `${testId}-mark`, 'saving')
  await isOffline(first, false)
  await holdsAfterReturn(first, testId, text)
  await isOffline(second, false)
  await holdsAfterReturn(second, testId, over)
}

/** Waits until what a page has written without a connection is with the server, and with Postgres. */
async function holdsAfterReturn(page: Page, testId: string, text: string): Promise<void> {
  await says(page, `${testId}-mark`, 'stored')
  await holds(page, testId, text)
}

const counts = (page: Page, count: number) =>
  until(`${count} conflicts are open`, async () => {
    const name = await page.getByTestId('inbox').getAttribute('aria-label')
    return name === (count === 0 ? 'Conflicts: none open' : `Conflicts: ${count} open`)
  })

const textOf = async (page: Page, testId: string) =>
  (await page.getByTestId(testId).innerText()).replace(/\s+/g, ' ')

it('E2E-80 two people rewrite one field offline: the loser sees both texts with names and restores the own one, and the other sees that', async () => {
  await write(ada, 'reference', 'Ask for Mrs Alder')
  await stored('reference', 'Ask for Mrs Alder')
  await holds(ben, 'reference', 'Ask for Mrs Alder')
  await rewriteOffline('reference', [ada, 'Ask for Mrs Alder before ten'], [ben, 'Ask for Mr Birch'])
  for (const page of [ada, ben]) await counts(page, 1)
  expect(await textOf(ada, 'reference-conflict')).toBe('Two people changed this: see both')
  expect(await textOf(ada, `mark-${number}`)).toBe('conflict')

  await ada.getByTestId('inbox').click()
  const card = ada.getByTestId('conflict-reference')
  expect(await card.innerText()).toContain(`Reference · Invoice ${number}`)
  expect(await card.innerText()).toContain('Ben wrote over what you had written')
  expect(await textOf(ada, 'before')).toBe('Ask for Mrs Alder')
  expect(await textOf(ada, 'yours')).toBe('Ask for Mrs Alder before ten')
  expect(await textOf(ada, 'theirs')).toBe('Ask for Mr Birch')
  expect(await ada.getByTestId('theirs').locator('mark').allInnerTexts()).toEqual(['Mr Birch'])
  await ada.getByTestId('take-yours').click()

  for (const page of [ada, ben]) await counts(page, 0)
  await holds(ben, 'reference', 'Ask for Mrs Alder before ten')
  await stored('reference', 'Ask for Mrs Alder before ten')
  await ben.getByTestId('inbox').click()
  await ben.getByTestId('settled').filter({ hasText: 'Ada restored this.' }).waitFor()
  expect(await textOf(ben, 'inbox-empty')).toBe('Nothing waits for you.')
  expect(await ben.getByTestId('reference-conflict').count()).toBe(0)
  for (const page of [ada, ben]) await page.getByTestId('inbox-drawer-close').click()
  expect(await hasFocus(ben, 'inbox')).toBe(true)
})

it('E2E-81 who has won keeps what stands, and a text that is settled can still be restored', async () => {
  await rewriteOffline('due', [ada, '2027-01-31'], [ben, '2027-02-28'])
  await counts(ben, 1)
  await ben.getByTestId('due-conflict').click()
  expect([await textOf(ben, 'yours'), await textOf(ben, 'theirs')]).toEqual(['28 Feb 2027', '31 Jan 2027'])
  await ben.getByTestId('keep').click()
  for (const page of [ada, ben]) await counts(page, 0)
  await ada.getByTestId('inbox').click()
  const settled = ada.getByTestId('settled').filter({ hasText: 'Ben kept what had come out.' })
  await settled.getByTestId('restore-losing').click()
  await stored('due_on', '2027-01-31')
  await holds(ben, 'due', '2027-01-31')
  await ada.getByTestId('inbox-drawer-close').click()
  await ben.getByTestId('inbox-drawer-close').click()
})

it('E2E-82 who may not write sees the texts and has no button', async () => {
  await rewriteOffline('due', [ben, '2027-03-01'], [ada, '2027-03-02'])
  await counts(ada, 1)
  await stack.sql("UPDATE tidemark.conflict SET loser_by = 'vic' WHERE state = 'open'")
  await stack.nudge('acme')
  const vic = await browser.signIn(stack, 'vic')
  await counts(vic, 1)
  await vic.getByTestId('inbox').click()
  expect(await textOf(vic, 'yours')).toBe('1 Mar 2027')
  expect(await vic.getByTestId('inbox-drawer').getByRole('button').allInnerTexts()).toEqual(['Close'])
})
