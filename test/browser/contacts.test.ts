import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { asksBeforeLeaving } from './asks-before-leaving.ts'
import { hasFocus, holds, says } from './looks.ts'

let stack: Stack
let browser: Browser
let ada: Page
let ben: Page
/** A contact that the seed has invoices for. */
let id: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [busy] = await stack.sql(
    "SELECT contact_id, count(*)::int AS invoices FROM invoices WHERE tenant_id = 'acme' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
  )
  id = String(busy?.['contact_id'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

async function open(page: Page, contactId: string): Promise<void> {
  await page.goto(`${stack.url}/#/contacts/${contactId}`)
  await page.getByTestId('contact-name').waitFor()
}

async function add(page: Page, name: string): Promise<string> {
  await page.getByTestId('nav-contacts').click()
  await page.getByTestId('new-contact').click()
  await page.getByTestId('new-contact-name').fill(name)
  await page.getByTestId('create-contact').click()
  await page.getByTestId('contact-name').waitFor()
  const made = decodeURIComponent(new URL(page.url()).hash.replace('#/contacts/', ''))
  await storedName(made, name)
  return made
}

const isGone = (page: Page, contactId: string) =>
  until('it is gone', async () => (await page.getByTestId(`contact-row-${contactId}`).count()) === 0)
const columnOf = async (contactId: string, column: 'name' | 'city' | 'email') =>
  (await stack.sql(`SELECT ${column} FROM contacts WHERE id = $1 AND tenant_id = 'acme'`, [contactId]))[0]?.[
    column
  ]
const storedName = (contactId: string, name: string) =>
  until('it is in Postgres', async () => (await columnOf(contactId, 'name')) === name)

describe('the contacts', () => {
  it('E2E-70 an edit of one is on the other’s screen and in Postgres, and the field’s mark says how far it is', async () => {
    for (const page of [ada, ben]) await open(page, id)
    await ada.getByTestId('contact-city').fill('Whitby')
    await ada.getByTestId('contact-city').press('Enter')
    await holds(ben, 'contact-city', 'Whitby')
    await says(ada, 'contact-city-mark', 'stored')
    await says(ada, `mark-${id}`, 'stored')
    expect(await columnOf(id, 'city')).toBe('Whitby')
    for (const other of ['contact-name-mark', 'contact-email-mark']) await says(ada, other, '')
    await says(ben, 'contact-city-mark', '')

    await ben.getByTestId('contact-email').fill('typed@example.com')
    await ada.getByTestId('contact-email').fill('ada@example.com')
    await ada.getByTestId('contact-email').press('Enter')
    await until('Ben is told', async () =>
      (await ben.getByTestId('contact-email-elsewhere').textContent())?.includes('ada@example.com'),
    )
    await holds(ben, 'contact-email', 'typed@example.com')
    await ben.getByTestId('contact-email').press('Escape')
    await holds(ben, 'contact-email', 'ada@example.com')
  })

  it('E2E-71 a new contact is on the other’s list and found by name; its invoices are live and lead there and back', async () => {
    const made = await add(ada, 'Zeppelin Looms')
    await ben.getByTestId('nav-contacts').click()
    await ben.getByTestId('search').fill('looms zepp')
    await ben.getByTestId(`contact-row-${made}`).getByRole('link').click()
    await says(ben, 'totals', '1 contact')
    await ben.getByText('None yet.').waitFor()

    await stack.sql(
      "INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents, status) VALUES ('acme', 'loom', 'L-1', $1, 1250, 'sent')",
      [made],
    )
    await stack.nudge('acme')
    await ben.getByTestId('contact-invoices').getByRole('link', { name: 'L-1' }).click()
    await ben.getByRole('heading', { name: 'Invoice L-1' }).waitFor()
    await ben.getByTestId('contact-of').click()
    await holds(ben, 'contact-name', 'Zeppelin Looms')
    await says(ada, 'contact-kept', 'An invoice is for this contact, so it stays in the books.')
    expect(await ada.getByTestId('delete-contact').count()).toBe(0)
    await ben.getByTestId('search').fill('')
  })

  it('E2E-72 one without invoices is deleted on every screen, after a second click', async () => {
    const made = await add(ada, 'Made by Mistake')
    await ben.goto(`${stack.url}/#/contacts`)
    await ben.getByTestId(`contact-row-${made}`).waitFor()
    await ada.getByTestId('delete-contact').click()
    await ada.getByRole('button', { name: 'Keep' }).press('Enter')
    expect(await hasFocus(ada, 'delete-contact')).toBe(true)
    await ada.getByTestId('delete-contact').press('Enter')
    await ada.getByTestId('delete-contact-confirm').click()
    for (const page of [ada, ben]) await isGone(page, made)
    expect(new URL(ada.url()).hash).toBe('#/contacts')
    await until('it is gone from Postgres', async () => (await columnOf(made, 'name')) === undefined)
  })

  it('E2E-72 a deletion that Postgres refuses is undone on every screen, and its author is told why', async () => {
    const made = await add(ada, 'Kept by Another Table')
    await stack.sql(
      'CREATE TABLE letters (tenant_id text, contact_id text, FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id))',
    )
    await stack.sql("INSERT INTO letters VALUES ('acme', $1)", [made])
    await ada.getByTestId('delete-contact').click()
    await ada.getByTestId('delete-contact-confirm').click()
    await says(
      ada,
      'toast-text',
      'The deletion of Kept by Another Table was undone. A record this one refers to does not exist, or is still referred to.',
    )
    await ada.getByRole('button', { name: 'Dismiss' }).click()
    for (const page of [ada, ben]) await page.getByTestId(`contact-row-${made}`).waitFor()
    expect(await columnOf(made, 'name')).toBe('Kept by Another Table')
  })

  it('E2E-74 a viewer sees all of it and finds nothing to change', async () => {
    const vic = await browser.signIn(stack, 'vic')
    await open(vic, id)
    for (const field of ['contact-name', 'contact-email', 'contact-city']) {
      expect(await vic.getByTestId(field).isEditable()).toBe(false)
    }
    await vic.getByText('You can look at everything here and change nothing.').waitFor()
    for (const testId of ['new-contact', 'delete-contact', 'contact-kept']) {
      expect(await vic.getByTestId(testId).count()).toBe(0)
    }
    await vic.goto(`${stack.url}/#/new-contact`)
    await vic.getByText('You can look at everything here and change nothing.').waitFor()
    expect(await vic.getByTestId('create-contact').count()).toBe(0)
    await vic.context().close()
  })

  it('E2E-75 what is changed without a connection is kept, also over a reload, and arrives with the connection', async () => {
    await open(ada, id)
    await open(ben, id)
    await ada.context().setOffline(true)
    await says(ada, 'connection', 'offline')
    await ada.getByTestId('contact-city').fill('Robin Hood’s Bay')
    await ada.getByTestId('contact-city').press('Enter')
    await says(ada, 'contact-city-mark', 'saving')
    await says(ada, 'pending', '1 kept on this device')
    expect(await asksBeforeLeaving(ada)).toBe(false)
    await ada.getByTestId('nav-invoices').click()
    await ada.getByTestId('nav-contacts').click()
    await ada.getByTestId(`contact-row-${id}`).getByRole('link').click()
    await holds(ada, 'contact-city', 'Robin Hood’s Bay')
    await ada.context().setOffline(false)
    await holds(ben, 'contact-city', 'Robin Hood’s Bay')
    await until('it is in Postgres', async () => (await columnOf(id, 'city')) === 'Robin Hood’s Bay')
    await says(ada, 'pending', '')
  })

  it('E2E-76 who types into a contact that another deletes is told that it is not saved', async () => {
    const made = await add(ada, 'Soon Gone')
    await open(ben, made)
    await ben.getByTestId('contact-city').fill('Nowhere')
    await ada.getByTestId('delete-contact').click()
    await ada.getByTestId('delete-contact-confirm').click()
    await ben.getByText('There is no such contact here.').waitFor()
    await until('Ben is told', async () =>
      (await ben.getByTestId('toast').allTextContents()).some((text) =>
        text.startsWith('The city of Soon Gone was not saved. '),
      ),
    )
    await ben.getByRole('button', { name: 'Dismiss' }).click()
  })

  it('WEB-33 a text that cannot be saved stays typed with the reason, is asked about, and who leaves it is told', async () => {
    await open(ada, id)
    const before = await columnOf(id, 'name')
    await ada.getByTestId('contact-name').fill(' ')
    await ada.getByTestId('contact-name').press('Enter')
    await says(ada, 'contact-name-problem', 'A contact needs a name.')
    expect(await ada.getByTestId('contact-name').getAttribute('aria-invalid')).toBe('true')
    expect(await asksBeforeLeaving(ada)).toBe(true)
    await ada.getByTestId('contact-name').press('Escape')
    await holds(ada, 'contact-name', String(before))
    await says(ada, 'contact-name-problem', '')
    expect(await asksBeforeLeaving(ada)).toBe(false)

    await ada.getByTestId('contact-email').fill('nobody')
    await ada.getByTestId('close-panel').click()
    await says(ada, 'toast-text', '“nobody” was not saved. An email address looks like ada@example.com.')
    await ada.getByRole('button', { name: 'Dismiss' }).click()
    expect(await asksBeforeLeaving(ada)).toBe(false)
    expect([await columnOf(id, 'name'), await columnOf(id, 'email')]).not.toContain('nobody')
  })

  it('WEB-37 a drawer has the focus and keeps the page out of reach until it closes, and gives the focus back', async () => {
    await ada.goto(`${stack.url}/#/new`)
    const opener = ada.getByTestId('add-contact')
    const drawer = ada.getByTestId('contact-drawer')
    await opener.press('Enter')
    await ada.getByRole('dialog', { name: 'New contact' }).waitFor()
    for (let i = 0; i < 8; i++) {
      expect(await drawer.evaluate((it) => it.contains(document.activeElement))).toBe(true)
      await ada.keyboard.press('Tab')
      // The browser's own controls are the one other place that the focus goes to.
      if (await ada.evaluate(() => document.activeElement === document.body)) await ada.keyboard.press('Tab')
    }
    await ada.keyboard.press('Escape')
    await until('it is closed', async () => (await drawer.count()) === 0)
    expect(await hasFocus(ada, 'add-contact')).toBe(true)

    await opener.press('Enter')
    await ada.getByTestId('new-contact-name').fill('From the Drawer')
    await ada.getByTestId('new-contact-name').press('Enter')
    await until('it is closed', async () => (await drawer.count()) === 0)
    const chosen = await ada.getByTestId('new-contact').locator('option:checked').textContent()
    expect(chosen).toBe('From the Drawer')
    await ada.getByTestId('discard-invoice').click()
  })
})
