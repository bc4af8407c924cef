import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { open, type Person } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { hasFocus, says } from './looks.ts'

let stack: Stack
let browser: Browser
let ada: Person
let laptop: Page
let phone: Page
let cleo: Page
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
  ada = await open(stack, 'ada')
  laptop = await browser.signIn(stack, 'ben')
  phone = await browser.signIn(stack, 'ben')
  cleo = await browser.signIn(stack, 'cleo')
})

afterAll(async () => {
  ada.close()
  await browser.close()
  await stack.stop()
})

/** Ada records a payment of a penny. */
async function pay(payment: string): Promise<void> {
  const edit = ada.db.payments.insert({
    id: payment,
    invoiceId: id,
    amountCents: 1,
    method: 'card',
    paidOn: '2026-01-31',
  })
  expect(await edit.committed).toMatchObject({ ok: true })
}

/** Waits until the bell says how much is new. */
const rings = (page: Page, count: number) =>
  until(`the bell says ${count}`, async () => {
    const name = await page.getByTestId('bell').getAttribute('aria-label')
    return name === `Notifications: ${count === 0 ? 'none' : count} new`
  })

/** The titles in the drawer, with what a screen reader hears of their state. */
const titles = (page: Page) => page.getByTestId('notification-list').locator('h3').allTextContents()

const lists = (page: Page, ...expected: string[]) =>
  until(
    `the list is ${expected.join(', ')}`,
    async () => JSON.stringify(await titles(page)) === JSON.stringify(expected),
  )

const press = (page: Page, name: string) =>
  page.getByTestId('notifications').getByRole('button', { name, exact: true }).click()

const close = (page: Page) => page.getByTestId('notifications-close').click()

it('E2E-85 three devices are told once each, live and after an absence; one that looks has looked on all', async () => {
  for (const page of [laptop, phone, cleo]) await rings(page, 0)
  expect(await laptop.getByTestId('bell-count').count()).toBe(0)
  await laptop.getByTestId('bell').click()
  await says(laptop, 'notifications-empty', 'Nothing new. What others do shows here.')
  await close(laptop)
  expect(await hasFocus(laptop, 'bell')).toBe(true)

  await pay('bell-1')
  for (const page of [laptop, phone, cleo]) await rings(page, 1)
  expect(await laptop.getByTestId('bell-count').textContent()).toBe('1')
  await phone.context().setOffline(true)
  await says(phone, 'connection', 'offline')
  await pay('bell-2')
  await pay('bell-3')
  await phone.context().setOffline(false)
  for (const page of [laptop, phone, cleo]) await rings(page, 1)

  await laptop.getByTestId('bell').click()
  await lists(laptop, `Unread: 3 payments on ${number}`)
  expect(await laptop.getByTestId('told-payment-received').textContent()).toContain(
    'Ada recorded them, £0.01 the last time.',
  )
  for (const page of [laptop, phone]) await rings(page, 0)
  await rings(cleo, 1)
  await phone.getByTestId('bell').click()
  await lists(phone, `Unread: 3 payments on ${number}`)
})

it('E2E-86 what is followed on one device is read on all; it is marked unread, put away and brought back', async () => {
  await phone.getByRole('link', { name: `3 payments on ${number}` }).click()
  expect(new URL(phone.url()).hash).toBe(`#/invoices/${id}`)
  expect(await phone.getByTestId('notifications').count()).toBe(0)
  await lists(laptop, `3 payments on ${number}`)
  await press(laptop, 'Mark unread')
  await lists(laptop, `Unread: 3 payments on ${number}`)
  await press(laptop, 'Archive')
  await phone.getByTestId('bell').click()
  await says(phone, 'notifications-empty', 'Nothing new. What others do shows here.')
  await phone.getByTestId('archived').locator('summary').click()
  await press(phone, 'Mark unread')
  for (const page of [laptop, phone]) await lists(page, `Unread: 3 payments on ${number}`)
  await press(phone, 'Mark read')
  await lists(laptop, `3 payments on ${number}`)
  await rings(cleo, 1)
})

it('E2E-86 a conflict leads to the inbox', async () => {
  await close(phone)
  await close(laptop)
  await laptop.getByTestId(`invoice-row-${number}`).getByRole('link').click()
  await laptop.context().setOffline(true)
  await says(laptop, 'connection', 'offline')
  await laptop.getByTestId('reference').fill('Ask for Mr Birch')
  await laptop.getByTestId('reference').press('Tab')
  await says(laptop, 'reference-mark', 'saving')
  const edit = ada.db.invoices.update(id, (invoice) => {
    invoice.reference = 'Ask for Mrs Alder'
  })
  expect(await edit.committed).toMatchObject({ ok: true })
  await laptop.context().setOffline(false)
  await says(laptop, 'reference-mark', 'stored')
  // Ben came last, so it is Ada who has lost: her page tells of Ben, and leads to both texts.
  const page = await browser.signIn(stack, 'ada')
  await rings(page, 1)
  await page.getByTestId('bell').click()
  await page.getByText('You and Ben changed it, unseen by each other.').waitFor()
  await page.getByRole('button', { name: `Conflict · Invoice ${number}` }).click()
  await page.getByTestId('conflict-reference').waitFor()
  expect(await page.getByTestId('notifications').count()).toBe(0)
  await page.getByTestId('inbox-drawer-close').click()
  await page.getByTestId('bell').click()
  await lists(page, `Conflict · Invoice ${number}`)
})

it('E2E-87 a kind that is muted on one device is gone from all of the person, and back once it is unmuted', async () => {
  for (const page of [laptop, phone]) {
    await page.getByTestId('bell').click()
    await lists(page, `3 payments on ${number}`)
  }
  await press(laptop, 'Do not tell me of payments')
  for (const page of [laptop, phone]) {
    await lists(page)
    await page.getByTestId('muted-kinds').getByText('payments', { exact: true }).waitFor()
  }
  await close(phone)
  await pay('bell-4')
  await rings(cleo, 1)
  await cleo.getByTestId('bell').click()
  await lists(cleo, `Unread: 4 payments on ${number}`)
  await rings(phone, 0)
  await press(laptop, 'Tell me of payments again')
  await lists(laptop, `Unread: 4 payments on ${number}`)
  expect(await laptop.getByTestId('muted-kinds').count()).toBe(0)
  await phone.getByTestId('bell').click()
  await lists(phone, `Unread: 4 payments on ${number}`)
})
