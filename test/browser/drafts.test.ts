import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { asksBeforeLeaving } from './asks-before-leaving.ts'
import { holds } from './looks.ts'

let stack: Stack
let browser: Browser
let page: Page
let sent: { id: string; number: string }
let other: { id: string; number: string }

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const rows = await stack.sql(
    "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 2",
  )
  const [first, second] = rows.map(({ id, number }) => ({ id: String(id), number: String(number) }))
  if (!first || !second) throw new Error('the seed has two sent invoices')
  sent = first
  other = second
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

beforeEach(async () => {
  await page?.context().close()
  page = await browser.signIn(stack, 'ada')
})

const field = (testId: string) => page.getByTestId(testId)
const shown = (title: string) => page.getByRole('heading', { name: title }).waitFor()
const openNew = async () => {
  await page.getByTestId('new-invoice').click()
  await shown('New invoice')
}

async function open({ number }: { number: string }): Promise<void> {
  await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
  await shown(`Invoice ${number}`)
}

const referenceOf = async ({ id }: { id: string }) =>
  (await stack.sql('SELECT reference FROM invoices WHERE id = $1', [id]))[0]?.['reference']

const asksAtReload = () => asksBeforeLeaving(page)

describe('what was typed and not sent', () => {
  it('WEB-20 a text is asked about before the page goes, and is still there for who stays', async () => {
    await open(sent)
    await field('reference').pressSequentially('Ask for Mrs Alder')
    const typed = await field('reference').inputValue()
    expect(await asksAtReload()).toBe(true)
    expect(await field('reference').inputValue()).toBe(typed)
    await field('reference').press('Enter')
    await until('it is stored', async () => (await referenceOf(sent)) === typed)
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-20 text that is again what is stored, or was given up, is not asked about', async () => {
    await open(other)
    await field('reference').pressSequentially('x')
    await field('reference').press('Backspace')
    expect(await asksAtReload()).toBe(false)
    await field('reference').pressSequentially('not this')
    await field('reference').press('Escape')
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-20 a due date that is being typed is asked about', async () => {
    await open(other)
    await field('due').fill('2031-01-02')
    expect(await asksAtReload()).toBe(true)
  })

  it('WEB-20 a new invoice is asked about, and one that is as proposed is not', async () => {
    await openNew()
    const proposed = await field('new-number').inputValue()
    await field('new-number').fill('N-77')
    expect(await asksAtReload()).toBe(true)
    await field('new-number').fill(proposed)
    expect(await asksAtReload()).toBe(false)
    await field('new-total').fill('12')
    expect(await asksAtReload()).toBe(true)
    await field('discard-invoice').click()
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-20 a payment is asked about', async () => {
    await open(sent)
    await field('pay-amount').fill('12.34')
    expect(await asksAtReload()).toBe(true)
    await field('pay-submit').click()
    await until('it is recorded', async () => {
      const rows = await stack.sql('SELECT 1 FROM payments WHERE invoice_id = $1 AND amount_cents = 1234', [
        sent.id,
      ])
      return rows.length === 1
    })
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-21 forms keep it while the person is elsewhere in the page, and it is still asked about', async () => {
    await openNew()
    await field('new-total').fill('120.50')
    await field('close-panel').click()
    await open(sent)
    await field('pay-amount').fill('7.77')
    await open(other)
    expect(await field('pay-amount').inputValue()).not.toBe('7.77')
    expect(await page.getByTestId(`mark-${sent.number}`).textContent()).toBe('typed')
    expect(await asksAtReload()).toBe(true)
    await page.goBack()
    await shown(`Invoice ${sent.number}`)
    expect(await field('pay-amount').inputValue()).toBe('7.77')
    await field('discard-payment').click()
    await openNew()
    expect(await field('new-total').inputValue()).toBe('120.50')
    await field('discard-invoice').click()
    expect(await field('new-total').inputValue()).toBe('')
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-21 a new contact is kept while the person is on another page, as is what was searched for', async () => {
    await field('search').fill('2026')
    await field('nav-contacts').click()
    await field('new-contact').click()
    await field('new-contact-name').fill('Begun')
    await field('nav-invoices').click()
    await holds(page, 'search', '2026')
    expect(await asksAtReload()).toBe(true)
    await field('nav-contacts').click()
    await page.getByRole('link', { name: 'Go on with new contact' }).click()
    expect(await field('new-contact-name').inputValue()).toBe('Begun')
    await field('discard-contact').click()
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-21 a text is saved when its invoice is left', async () => {
    await open(other)
    await field('reference').fill('by the back button')
    await page.goBack()
    await until('it is stored', async () => (await referenceOf(other)) === 'by the back button')
    await open(other)
    await field('reference').fill('by another invoice')
    await open(sent)
    await until('it is stored', async () => (await referenceOf(other)) === 'by another invoice')
  })

  it('WEB-21 a payment on an invoice that has become void is told, and can be discarded', async () => {
    await open(other)
    await field('pay-amount').fill('5.55')
    await stack.sql("UPDATE invoices SET status = 'void' WHERE id = $1", [other.id])
    await stack.nudge('acme')
    await page.getByText('The payment of 5.55 that you typed is not recorded.').waitFor()
    expect(await asksAtReload()).toBe(true)
    await field('discard-payment').click()
    expect(await asksAtReload()).toBe(false)
  })

  it('WEB-24 signing out asks about it, and who stays keeps it', async () => {
    await openNew()
    await field('new-total').fill('9')
    await field('who').click()
    await field('sign-out').click()
    await page
      .getByRole('dialog', { name: 'Sign out?' })
      .getByText('One draft is nowhere but in this window. Sign out and lose that?')
      .waitFor()
    await field('drafts-stay').click()
    expect(await field('new-total').inputValue()).toBe('9')
  })
})
