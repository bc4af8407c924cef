import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { asksBeforeLeaving } from './asks-before-leaving.ts'
import { holds, says } from './looks.ts'

let stack: Stack
let browser: Browser
let ada: Page
let ben: Page
let id: string
let number: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [invoice] = await stack.sql(
    "UPDATE invoices SET notes = 'We meet here.' WHERE id = (SELECT id FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1) RETURNING id, number",
  )
  id = String(invoice?.['id'])
  number = String(invoice?.['number'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
  for (const page of [ada, ben]) await open(page)
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

const area = (page: Page) => page.getByTestId('notes')

async function open(page: Page): Promise<void> {
  await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
  await area(page).and(page.locator(':not([readonly])')).waitFor()
}

async function type(page: Page, end: 'Control+Home' | 'Control+End', text: string): Promise<void> {
  await area(page).press(end)
  await area(page).pressSequentially(text)
}

const stored = (notes: string) =>
  until(`the notes are "${notes}" in Postgres`, async () => {
    const [row] = await stack.sql('SELECT notes FROM invoices WHERE id = $1', [id])
    return row?.['notes'] === notes
  })

/** Where a page shows the caret of somebody: the name, and what of the text is before it. */
const caretOn = (page: Page) =>
  page.evaluate(() => {
    const caret = document.querySelector('[data-testid=notes-caret]')
    let before = ''
    for (let node = caret?.previousSibling; node; node = node.previousSibling)
      before = node.textContent + before
    return [caret?.textContent, before]
  })

const seesCaret = (page: Page, name: string, before: string) =>
  until(`the caret of ${name} is behind "${before}"`, async () => {
    const [who, text] = await caretOn(page)
    return who === name && text === before
  })

describe('the notes on an invoice', () => {
  it('E2E-90 two people write in one note at once, no word is lost, and each sees the other’s caret by name', async () => {
    await Promise.all([
      type(ada, 'Control+Home', 'Hello you. '),
      type(ben, 'Control+End', ' Bring a friend.'),
    ])
    const both = 'Hello you. We meet here. Bring a friend.'
    for (const page of [ada, ben]) await holds(page, 'notes', both)
    await seesCaret(ada, 'Ben', both)
    await seesCaret(ben, 'Ada', 'Hello you. ')
    for (const page of [ada, ben]) await says(page, 'notes-mark', 'stored')
    await stored(both)

    // What somebody types before it moves it along.
    await type(ada, 'Control+Home', 'Oh! ')
    await seesCaret(ada, 'Ben', `Oh! ${both}`)
    await seesCaret(ben, 'Ada', 'Oh! ')
    await stack.sql("UPDATE invoices SET notes = replace(notes, 'Oh! ', '') WHERE id = $1", [id])
    for (const page of [ada, ben]) await holds(page, 'notes', both)
    await ben.getByTestId('due').click()
    await until('Ben’s caret is gone', async () => (await ada.getByTestId('notes-caret').count()) === 0)
  })

  it('E2E-91 what is typed without a connection is kept, asked about at a sign-out, there again after a reload, and joined to what others wrote', async () => {
    await ben.context().setOffline(true)
    await says(ben, 'connection', 'offline')
    await type(ben, 'Control+End', ' Or two, offline.')
    await says(ben, 'notes-mark', 'saving')
    await ben.getByTestId('pending').getByText('kept on this device').waitFor()
    await until('all of it is kept', async () => !(await asksBeforeLeaving(ben)))
    await open(ben)
    await ben.getByTestId('who').click()
    await ben.getByTestId('sign-out').click()
    await ben.getByTestId('sign-out-stay').click()
    await holds(ben, 'notes', 'Hello you. We meet here. Bring a friend. Or two, offline.')
    await ben.getByTestId('nav-contacts').click()
    await ben.getByTestId('nav-invoices').click()
    await open(ben)
    await holds(ben, 'notes', 'Hello you. We meet here. Bring a friend. Or two, offline.')
    await type(ada, 'Control+Home', 'Dear all! ')
    await ben.context().setOffline(false)
    const whole = 'Dear all! Hello you. We meet here. Bring a friend. Or two, offline.'
    for (const page of [ada, ben]) await holds(page, 'notes', whole)
    await stored(whole)
    await says(ben, 'pending', '')
  })

  it('E2E-91 what is typed is saved when the invoice is left at once', async () => {
    const before = await area(ada).inputValue()
    await area(ada).fill(`${before} Gone.`)
    await ada.goBack()
    await stored(`${before} Gone.`)
    await open(ada)
  })

  it('E2E-92 an edit that the database refuses is taken out again on every screen, and its author is told why', async () => {
    await stack.sql("ALTER TABLE invoices ADD CONSTRAINT no_secret CHECK (notes NOT LIKE '%secret%')")
    const before = await area(ben).inputValue()
    await area(ada).fill(`${before} It is secret.`)
    await says(ada, 'toast-text', `The note on ${number} was undone. The database does not allow this value.`)
    for (const page of [ada, ben]) await holds(page, 'notes', before)
    await ada.getByRole('button', { name: 'Dismiss' }).click()
    await stored(before)
  })

  it('E2E-92 who may not see the notes is told so, and finds nothing to write in', async () => {
    const vic = await browser.signIn(stack, 'vic')
    await vic.getByTestId(`invoice-row-${number}`).getByRole('link').click()
    await vic.getByText('Notes are for those who keep the books.').waitFor()
    expect(await area(vic).count()).toBe(0)
    await vic.context().close()
  })

  it('WEB-38 the first script carries no editor; one that does not load is told, and comes with the page', async () => {
    const dist = join(PROJECT, 'examples/invoices/web/dist')
    const html = await readFile(join(dist, 'index.html'), 'utf8')
    const withYjs: string[] = []
    for (const file of await readdir(join(dist, 'assets'))) {
      const script = file.endsWith('.js') ? await readFile(join(dist, 'assets', file), 'utf8') : ''
      if (script.includes('Yjs was already imported')) withYjs.push(file)
    }
    expect(withYjs).toHaveLength(1)
    expect(withYjs.filter((file) => html.includes(file))).toEqual([])

    const page = await browser.signIn(stack, 'cleo', { keepsPage: false })
    await page.route(`**/${withYjs[0]}`, (route) => route.abort())
    await page.reload()
    await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
    await page.getByTestId('notes-failed').waitFor()
    expect(await page.getByTestId('notes-waiting').inputValue()).toBe(await area(ben).inputValue())
    await page.unroute(`**/${withYjs[0]}`)
    await page.getByRole('button', { name: 'Reload' }).click()
    await area(page).waitFor()
    await page.context().close()
  })
})
