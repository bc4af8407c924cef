import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'

/** Milliseconds in which a page shows what lasts: with room for a machine that does other things, too. */
const SHOWN_WITHIN_MS = 60_000

let stack: Stack
let browser: Browser
let ada: Page
let id: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [invoice] = await stack.sql(
    "SELECT id FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1",
  )
  id = String(invoice?.['id'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  await ada.goto(`${stack.url}/#/invoices/${id}`)
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

const noteOf = async (page: Page) => (await page.getByTestId('connection-note').allTextContents()).join('')
const stateOf = (page: Page) => page.getByTestId('connection').textContent()
const says = (page: Page, text: string) =>
  until(`the page says "${text}"`, async () => (await noteOf(page)) === text, SHOWN_WITHIN_MS)
const reminders = async () =>
  Number((await stack.sql('SELECT reminders FROM invoices WHERE id = $1', [id]))[0]?.['reminders'])

describe('the page', () => {
  it('WEB-23 says that the database is delayed and how many edits wait, also after a reload and in another tab, and stops by itself', async () => {
    const before = await reminders()
    await stack.stopPostgres()
    await ada.getByTestId('add-reminder').click()
    await says(ada, 'Saved at the edge; the database is delayed, 1 edit waits')
    await ada.getByTestId('add-reminder').click()
    await ada.getByTestId('add-reminder').click()
    const three = 'Saved at the edge; the database is delayed, 3 edits wait'
    await says(ada, three)
    expect(await stateOf(ada)).toBe('live')
    await ada.reload()
    await says(ada, three)
    const vic = await browser.signIn(stack, 'vic')
    await says(vic, three)

    await stack.startPostgres()
    for (const page of [ada, vic]) await says(page, '')
    await until('all is stored', async () => (await reminders()) === before + 3)
    await vic.context().close()
  })

  it('WEB-23 tells apart a database that has to be mended', async () => {
    const before = await reminders()
    await stack.sql('ALTER TABLE invoices RENAME COLUMN reminders TO reminders_elsewhere')
    try {
      await ada.getByTestId('add-reminder').click()
      await says(ada, 'Saved at the edge; the database has to be mended, 1 edit waits')
    } finally {
      await stack.sql('ALTER TABLE invoices RENAME COLUMN reminders_elsewhere TO reminders')
    }
    // Woken anew, the object does not wait out its pause of a minute.
    await stack.killWorker()
    await until('it is stored', async () => (await reminders()) === before + 1)
    await until('live again', async () => (await stateOf(ada)) === 'live')
    await says(ada, '')
  })

  it('WEB-22 says that the person is signed out, keeps drafts and edits, and goes on after signing in', async () => {
    const before = await reminders()
    await ada.route('**/dev/token', (route) => route.fulfill({ status: 401 }))
    await ada.getByTestId('pay-amount').fill('3.21')
    await stack.killWorker()
    await until('signed out', async () => (await stateOf(ada)) === 'signed out', SHOWN_WITHIN_MS)
    await ada.getByTestId('add-reminder').click()
    await says(
      ada,
      'You are signed out. One change not stored yet is kept on this device, and one draft in this window; sign in to go on where you are.',
    )
    await ada.getByTestId('sign-in-again').click()
    await until('it says why', async () =>
      (await ada.getByTestId('sign-in-problem').textContent())?.includes('has ended'),
    )
    await ada.unroute('**/dev/token')
    await ada.getByTestId('sign-in-again').click()
    await until('live again', async () => (await stateOf(ada)) === 'live', SHOWN_WITHIN_MS)
    await until('the edit is stored', async () => (await reminders()) === before + 1)
    expect(await ada.getByTestId('pay-amount').inputValue()).toBe('3.21')
    expect(new URL(ada.url()).hash).toBe(`#/invoices/${id}`)
    expect(await noteOf(ada)).toBe('')
  })
})
