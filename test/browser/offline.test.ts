import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signInOn } from '../../dev/harness/browser.ts'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { DEADLINE_MS, until } from '../../dev/harness/until.ts'
import { asksBeforeLeaving } from './asks-before-leaving.ts'
import { useExample } from './example.ts'
import { isKept, keepsRows, onDisk } from './kept.ts'
import { holds, says } from './looks.ts'

const example = useExample()
let proxy: FaultyProxy
let ada: Page
let id: string
let number: string
let rowsOfAcme: number

beforeAll(async () => {
  proxy = await startFaultyProxy(example.stack.url)
  const [invoice] = example.sent
  id = invoice?.id ?? ''
  number = invoice?.number ?? ''
  const [count] = await example.stack.sql(
    `SELECT (SELECT count(*) FROM invoices WHERE tenant_id = 'acme') + (SELECT count(*) FROM contacts WHERE tenant_id = 'acme')
       + (SELECT count(*) FROM payments WHERE tenant_id = 'acme') + 1 AS rows`,
  )
  rowsOfAcme = Number(count?.['rows'])
  ada = await example.browser.signIn(proxy, 'ada')
})

afterAll(() => proxy.refuse())

const referenceOf = async () =>
  (await example.stack.sql('SELECT reference FROM invoices WHERE id = $1', [id]))[0]?.['reference']

const open = async (page: Page) => {
  await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
  await page.getByTestId('reference').waitFor()
}

describe('without a network', () => {
  it('E2E-94 the page opens with what it kept, takes an edit, keeps that over a reload, and it is in Postgres once', async () => {
    await isKept(ada)
    await keepsRows(ada, 'ada', rowsOfAcme)
    await proxy.refuse()
    await ada.reload()
    await says(ada, 'connection', 'offline')
    await open(ada)
    await ada.getByTestId('reference').fill('written on the train')
    await ada.getByTestId('reference').press('Enter')
    await says(ada, 'pending', '1 kept on this device')
    expect(await asksBeforeLeaving(ada)).toBe(false)
    await says(ada, 'pending', '1 kept on this device')
    await holds(ada, 'reference', 'written on the train')

    await proxy.restore()
    await says(ada, 'connection', 'live')
    await until('it is in Postgres', async () => (await referenceOf()) === 'written on the train')
    await says(ada, 'pending', '')
    const edits = await example.stack.sql('SELECT count(*)::int AS edits FROM tidemark.history')
    expect(edits).toEqual([{ edits: 1 }])
  })

  it('E2E-94 a window that is opened then goes on as whoever worked in this browser', async () => {
    await proxy.refuse()
    const window = await ada.context().newPage()
    window.setDefaultTimeout(DEADLINE_MS)
    await window.goto(proxy.url)
    expect(await window.getByRole('alert').textContent()).toBe(
      'The people to choose from did not load. There is no connection.',
    )
    expect(await window.locator('.person').allInnerTexts()).toEqual(['A\nAda\nowner'])
    // One window of a browser has the disk.
    await ada.close()
    await window.getByTestId('person-ada').click()
    await window.getByTestId(`invoice-row-${number}`).waitFor()
    await open(window)
    await holds(window, 'reference', 'written on the train')
    await proxy.restore()
    await says(window, 'connection', 'live')
    ada = window
  })

  it('WEB-44 a role that has changed is taken over when the server is heard', async () => {
    await ada.evaluate(() => {
      const people = localStorage.getItem('tidemark.people') ?? ''
      localStorage.setItem('tidemark.people', people.replace('"owner"', '"viewer"'))
    })
    await proxy.refuse()
    await ada.reload()
    await until('she may only look', async () => (await ada.getByTestId('new-invoice').count()) === 0)
    await ada.getByRole('button', { name: 'Ada, viewer' }).waitFor()
    await proxy.restore()
    await ada.getByRole('button', { name: 'Ada, owner' }).waitFor()
    await ada.getByTestId('new-invoice').waitFor()
  })
})

describe('another person in the same browser', () => {
  it('E2E-95 sees nothing of the first, sends nothing as them, and what those wrote goes up when they are back', async () => {
    await ada.goto(`${proxy.url}/#/`)
    await keepsRows(ada, 'ada', rowsOfAcme)
    await proxy.refuse()
    await says(ada, 'connection', 'offline')
    await ada.getByTestId('new-invoice').click()
    await ada.getByTestId('new-number').fill('OF-ADA-1')
    await ada.getByTestId('new-contact').selectOption({ index: 1 })
    await ada.getByTestId('new-total').fill('12.50')
    await ada.getByTestId('create-invoice').click()
    await says(ada, 'pending', '1 kept on this device')
    const context = ada.context()
    await ada.close()
    await proxy.restore()

    const ben = await context.newPage()
    ben.setDefaultTimeout(DEADLINE_MS)
    await ben.addInitScript(() => {
      const look = () => {
        if (document.querySelector('[data-testid="invoice-row-OF-ADA-1"]')) Reflect.set(window, 'sawIt', true)
      }
      new MutationObserver(look).observe(document, { childList: true, subtree: true })
    })
    await signInOn(ben, proxy, 'ben')
    await ben.getByTestId(`invoice-row-${number}`).waitFor()
    await keepsRows(ben, 'ben', rowsOfAcme)
    await says(ben, 'pending', '')
    expect(await ben.evaluate(() => Reflect.get(window, 'sawIt'))).toBeUndefined()
    expect(await onDisk(ben, 'ada')).toMatchObject({ edits: 1 })
    expect(await madeByAda()).toEqual([])
    await ben.close()

    ada = await context.newPage()
    ada.setDefaultTimeout(DEADLINE_MS)
    await signInOn(ada, proxy, 'ada')
    await until('it is in Postgres', async () => (await madeByAda()).length === 1)
    await ada.getByTestId('invoice-row-OF-ADA-1').waitFor()
    const authors = await example.stack.sql(
      "SELECT subject FROM tidemark.history WHERE changes::text LIKE '%OF-ADA-1%'",
    )
    expect(authors).toEqual([{ subject: 'ada' }])
  })
})

const madeByAda = () => example.stack.sql("SELECT 1 FROM invoices WHERE number = 'OF-ADA-1'")
