import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'

let stack: Stack
let way: FaultyProxy
let browser: Browser
let number: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  way = await startFaultyProxy(stack.url)
  const [invoice] = await stack.sql(
    "SELECT number FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1",
  )
  number = String(invoice?.['number'])
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await way[Symbol.asyncDispose]()
  await stack.stop()
})

/** The names that a list of people says. */
const namesIn = async (page: Page, testId: string) =>
  (await page.getByTestId(testId).locator('li').allTextContents()).map((text) => text.trim())

const shows = (page: Page, testId: string, ...names: string[]) =>
  until(`${testId} shows ${names.join(', ') || 'nobody'}`, async () => {
    const shown = await namesIn(page, testId)
    return shown.length === names.length && names.every((name) => shown.some((text) => text.includes(name)))
  })

it('PRS-30 three people see who looks at an invoice and who writes in it, until one of them is cut off', async () => {
  const ada = await browser.signIn(stack, 'ada')
  const ben = await browser.signIn(way, 'ben')
  const cleo = await browser.signIn(stack, 'cleo')
  for (const page of [ada, ben]) await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
  await shows(ada, 'here', 'Ben')
  await shows(ben, 'here', 'Ada')
  await shows(cleo, `looking-${number}`, 'Ada', 'Ben')

  await ben.getByTestId('notes').click()
  await ben.getByTestId('notes').pressSequentially('Called')
  await shows(ada, 'notes-circles', 'Ben')
  await until(
    'his caret has his name',
    async () => (await ada.getByTestId('notes-caret').textContent()) === 'Ben',
  )
  const sees = 'Ben is writing here'
  expect(await ada.getByTestId('notes-people').textContent()).toContain(sees)

  way.fallSilent()
  const cutAt = Date.now()
  await shows(cleo, `looking-${number}`, 'Ada')
  const goneAfterMs = Date.now() - cutAt
  await shows(ada, 'here')
  await shows(ada, 'notes-circles')
  expect(await ada.getByTestId('notes-caret').count()).toBe(0)
  // How long it took is told; that it is ten seconds at most is shown with clocks that no machine holds up.
  console.log(JSON.stringify({ event: 'presence-gone', goneAfterMs }))

  // Whoever was cut off knows of nobody any more, and of those who are left each still sees the other.
  await until('the page says that it is offline', async () => (await namesIn(ben, 'here')).length === 0)
  await cleo.getByTestId(`invoice-row-${number}`).getByRole('link').click()
  await shows(ada, 'here', 'Cleo')
})
