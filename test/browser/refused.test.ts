import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import { type Known, useExample } from './example.ts'
import { hasFocus, says } from './looks.ts'

const example = useExample()
let proxy: FaultyProxy
let ada: Page

beforeAll(async () => {
  proxy = await startFaultyProxy(example.stack.url)
  ada = await example.browser.signIn(proxy, 'ada')
})

afterAll(() => proxy.refuse())

const sent = (i: number): Known => {
  const invoice = example.sent[i]
  if (!invoice) throw new Error('the seed has four sent invoices')
  return invoice
}

const open = async (page: Page, { id }: Known, url = proxy.url) => {
  await page.goto(`${url}/#/invoices/${id}`)
  await page.getByTestId('reference').waitFor()
}

const counts = (count: number) =>
  until(`${count} changes were not taken`, async () => {
    const name = await ada.getByTestId('refused').getAttribute('aria-label')
    return name === `Changes that were not taken: ${count === 0 ? 'none' : count}`
  })

const itemAbout = (title: string) => ada.getByTestId('refused-item').filter({ hasText: title })
const textOf = async (title: string, testId: string) =>
  (await itemAbout(title).getByTestId(testId).innerText()).replace(/\s+/g, ' ')

/** A toast says it as well, at once. */
async function dismissToasts(): Promise<void> {
  const dismiss = ada.getByRole('button', { name: 'Dismiss' })
  while ((await dismiss.count()) > 0) await dismiss.first().click()
}

const referenceOf = async ({ id }: Known) =>
  (await example.stack.sql('SELECT reference FROM invoices WHERE id = $1', [id]))[0]?.['reference']

describe('what was not taken', () => {
  it('E2E-96 what a rule refuses is kept with its author’s words, and why', async () => {
    const invoice = sent(0)
    await open(ada, invoice)
    await proxy.refuse()
    await says(ada, 'connection', 'offline')
    await ada.getByTestId('pay-amount').fill('12.34')
    await ada.getByTestId('pay-method').selectOption('card')
    await ada.getByTestId('pay-submit').click()
    const ben = await example.browser.signIn(example.stack, 'ben')
    await open(ben, invoice, example.stack.url)
    await ben.getByTestId('void').click()
    await ben.getByTestId('void-confirm').click()
    await says(ben, 'status-mark', 'stored')
    await ben.context().close()

    await proxy.restore()
    await counts(1)
    await ada.getByTestId('refused').click()
    const title = `Payment on invoice ${invoice.number}`
    expect(await textOf(title, 'refused-amountCents')).toBe('£12.34')
    expect(await textOf(title, 'refused-method')).toBe('Card')
    expect(await textOf(title, 'refused-why')).toBe('The invoice is void.')
    await ada.getByTestId('refused-drawer-close').click()
    expect(await hasFocus(ada, 'refused')).toBe(true)
    await dismissToasts()
  })

  it('E2E-96 so is what Postgres refuses; it can be written otherwise and sent, also after a reload', async () => {
    const { number } = sent(1)
    await ada.getByTestId('new-invoice').click()
    await ada.getByTestId('new-number').fill(number)
    await ada.getByTestId('new-contact').selectOption({ index: 1 })
    await ada.getByTestId('new-total').fill('250')
    await ada.getByTestId('create-invoice').click()
    await counts(2)
    await ada.reload()
    await counts(2)
    await ada.getByTestId('refused').click()
    const title = `Invoice ${number}`
    expect(await textOf(title, 'refused-why')).toBe(`Another invoice already has the number ${number}.`)
    expect(await textOf(title, 'refused-totalCents')).toBe('£250.00')
    await itemAbout(title).getByTestId('refused-change').click()
    expect(await hasFocus(ada, 'change-number')).toBe(true)
    await ada.getByTestId('change-number').fill(' ')
    await ada.getByTestId('refused-send').click()
    await ada.getByText('Give the invoice a number.').waitFor()
    await ada.getByTestId('change-number').fill('AGAIN-1')
    await ada.getByTestId('change-totalCents').fill('251.50')
    await ada.getByTestId('refused-send').click()
    await counts(1)
    await until('it is in Postgres', async () => {
      const rows = await example.stack.sql("SELECT total_cents FROM invoices WHERE number = 'AGAIN-1'")
      return rows.length === 1 && Number(rows[0]?.['total_cents']) === 25_150
    })
    await ada.getByTestId('refused-drawer-close').click()
  })

  it('E2E-96 it is tried again as it was, and thrown away after a question', async () => {
    const invoice = sent(2)
    await example.stack.sql(
      "ALTER TABLE invoices ADD CONSTRAINT no_such_reference CHECK (reference <> 'PO 77') NOT VALID",
    )
    await open(ada, invoice)
    await ada.getByTestId('reference').fill('PO 77')
    await ada.getByTestId('reference').press('Enter')
    await counts(2)
    await example.stack.sql('ALTER TABLE invoices DROP CONSTRAINT no_such_reference')
    await ada.getByTestId('refused').click()
    const title = `Invoice ${invoice.number}`
    expect(await textOf(title, 'refused-reference')).toBe('PO 77')
    expect(await textOf(title, 'refused-why')).toBe('The database does not allow this value.')
    await itemAbout(title).getByTestId('refused-retry').click()
    await counts(1)
    await until('it is in Postgres', async () => (await referenceOf(invoice)) === 'PO 77')

    await ada.getByTestId('refused-discard').click()
    await ada.getByTestId('refused-item').getByRole('button', { name: 'Keep' }).click()
    await ada.getByTestId('refused-discard').click()
    await ada.getByTestId('refused-discard-confirm').click()
    await says(ada, 'refused-empty', 'All of your changes were taken.')
    await counts(0)
    await ada.keyboard.press('Escape')
    await until('it is closed', async () => (await ada.getByTestId('refused-drawer').count()) === 0)
    expect(await hasFocus(ada, 'refused')).toBe(true)
    await ada.reload()
    await says(ada, 'connection', 'live')
    expect(await ada.getByTestId('refused').count()).toBe(0)
  })
})
