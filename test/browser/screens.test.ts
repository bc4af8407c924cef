import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { faintTexts, tooWide } from './faint-texts.ts'
import { hasFocus, says } from './looks.ts'

let stack: Stack
let browser: Browser
let ada: Page
let ben: Page
let id: string
let number: string
let due: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [invoice] = await stack.sql(
    "SELECT id, number, due_on::text AS due FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1",
  )
  id = String(invoice?.['id'])
  number = String(invoice?.['number'])
  due = String(invoice?.['due'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

const openInvoice = async (page: Page) => {
  await page.goto(`${stack.url}/#/invoices/${id}`)
  await page.getByTestId('notes').waitFor()
}

const openDrawer = async (page: Page, opener: string, drawer: string) => {
  await page.getByTestId(opener).press('Enter')
  await page.getByTestId(drawer).waitFor()
}

const closeDrawer = async (page: Page, opener: string, drawer: string) => {
  await page.keyboard.press('Escape')
  await until('it is closed', async () => (await page.getByTestId(drawer).count()) === 0)
  expect(await hasFocus(page, opener)).toBe(true)
}

const DRAWERS = [
  ['bell', 'notifications', 'Notifications'],
  ['inbox', 'inbox-drawer', 'Conflicts'],
  ['history-open', 'history-drawer', 'History'],
] as const

/** One that is there once a change was not taken. */
const REFUSED = ['refused', 'refused-drawer', 'Not taken'] as const

const inHistory = (text: string) =>
  until(`the history says "${text}"`, async () =>
    (await ada.getByTestId('history-note').textContent())?.startsWith(text),
  )

describe('a screen with nothing to show', () => {
  it('WEB-41 says that there is nothing, or nobody', async () => {
    await openInvoice(ada)
    await says(ada, 'nobody-here', 'Nobody else is here.')
    await openDrawer(ada, 'history-open', 'history-drawer')
    await inHistory('Nothing was changed yet.')
    await closeDrawer(ada, 'history-open', 'history-drawer')
    await openDrawer(ada, 'bell', 'notifications')
    await says(ada, 'notifications-empty', 'Nothing new. What others do shows here.')
    await closeDrawer(ada, 'bell', 'notifications')
    await openDrawer(ada, 'inbox', 'inbox-drawer')
    await says(ada, 'inbox-empty', 'Nothing waits for you.')
    await closeDrawer(ada, 'inbox', 'inbox-drawer')
    await ada.goto(`${stack.url}/#/contacts/nobody`)
    await says(ada, 'missing', 'There is no such contact here.')
    await ada.goto(`${stack.url}/#/invoices/none`)
    await says(ada, 'missing', 'There is no such invoice here.')
  })

  it('WEB-41 says what went wrong, and tries again', async () => {
    await openInvoice(ada)
    await ada.route('**/sync/history*', (route) => route.abort())
    await openDrawer(ada, 'history-open', 'history-drawer')
    await inHistory('The history did not load.')
    await ada.unroute('**/sync/history*')
    await ada.getByRole('button', { name: 'Try again' }).click()
    await inHistory('Nothing was changed yet.')
    await closeDrawer(ada, 'history-open', 'history-drawer')

    await ada.getByTestId('due').fill('2031-01-02')
    await ada.getByTestId('due').press('Enter')
    await says(ada, 'due-mark', 'stored')
    await stack.stopPostgres()
    await openDrawer(ada, 'history-open', 'history-drawer')
    await inHistory('What is older is not available now, because the database does not answer.')
    await stack.startPostgres()
    await until('it is there again', async () => {
      await ada.getByTestId('history-more').evaluateAll((buttons) => {
        for (const button of buttons) if (button instanceof HTMLElement) button.click()
      })
      return (await ada.getByTestId('history-note').textContent()) === ''
    })
    await closeDrawer(ada, 'history-open', 'history-drawer')

    await ada.context().setOffline(true)
    await says(ada, 'nobody-here', 'Who else is here is not known without a connection.')
    await ada.context().setOffline(false)
    await says(ada, 'nobody-here', 'Nobody else is here.')
  })

  it('WEB-41 tells in the drawer what went wrong while it is open', async () => {
    await stack.sql(
      `ALTER TABLE invoices ADD CONSTRAINT not_again CHECK (id <> '${id}' OR due_on <> '${due}') NOT VALID`,
    )
    await openDrawer(ada, 'history-open', 'history-drawer')
    await ada.getByTestId('undo').first().click()
    await ada.getByTestId('undo-confirm').click()
    const drawer = ada.getByTestId('history-drawer')
    await drawer
      .getByText(`The undo on ${number} was undone. The database does not allow this value.`)
      .waitFor()
    await drawer.getByRole('button', { name: 'Dismiss' }).click()
    expect(await ada.getByTestId('toast').count()).toBe(0)
    await closeDrawer(ada, 'history-open', 'history-drawer')
    await stack.sql('ALTER TABLE invoices DROP CONSTRAINT not_again')
  })
})

describe('every screen', () => {
  beforeAll(async () => {
    ben = await browser.signIn(stack, 'ben')
    await openInvoice(ben)
    await openInvoice(ada)
    await ben.getByTestId('notes').press('Control+End')
    await ben.getByTestId('notes').pressSequentially(' Ask for Mrs Alder. '.repeat(8))
    await ben.getByTestId('status').selectOption('paid')
    await stack.sql(
      "DELETE FROM invoices WHERE tenant_id = 'acme' AND id = (SELECT id FROM invoices WHERE tenant_id = 'acme' AND status = 'draft' LIMIT 1)",
    )
    await stack.nudge('acme')
    await ada.getByTestId('notes-caret').waitFor({ state: 'attached' })
    // Of the refused undo, the status and the deletion.
    await until('Ada is told', async () =>
      (await ada.getByTestId('bell').getAttribute('aria-label'))?.endsWith(' 3 new'),
    )
  })

  const SIZES = [
    ['wide', 1280],
    ['narrow', 390],
  ] as const

  it.each(
    SIZES.flatMap(([size, width]) =>
      (['light', 'dark'] as const).map((scheme) => [size, scheme, width] as const),
    ),
  )('WEB-42 can be read and fits, %s and in the %s', async (_, colorScheme, width) => {
    await ada.setViewportSize({ width, height: 860 })
    await ada.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const look = async (screen: string) =>
      expect([screen, await faintTexts(ada), Math.max(0, await tooWide(ada))]).toEqual([screen, [], 0])
    await openInvoice(ada)
    await ada.getByTestId('notes-caret').waitFor({ state: 'attached' })
    await look('an invoice')
    for (const [opener, drawer, title] of [...DRAWERS, REFUSED]) {
      await openDrawer(ada, opener, drawer)
      await ada
        .getByRole('dialog', { name: title })
        .and(ada.locator('dialog:not(:has([aria-busy=true]))'))
        .waitFor()
      await look(title)
      await closeDrawer(ada, opener, drawer)
    }
    await openDrawer(ada, 'refused', 'refused-drawer')
    await ada.getByTestId('refused-change').first().click()
    await ada.getByTestId('refused-send').waitFor()
    await look('a change that is written otherwise')
    await ada.getByTestId('refused-cancel').click()
    await closeDrawer(ada, 'refused', 'refused-drawer')
    await ada.getByTestId('pay-amount').fill('1.23')
    await ada.getByTestId('who').click()
    await ada.getByTestId('sign-out').click()
    await ada.getByTestId('drafts-question').waitFor()
    await look('signing out with a draft')
    await ada.getByTestId('drafts-stay').click()
    await ada.getByTestId('discard-payment').click()
    await ada.context().setOffline(true)
    await says(ada, 'connection', 'offline')
    await ada.getByTestId('add-reminder').click()
    await ada.getByTestId('pending').getByText('kept on this device').waitFor()
    await look('an invoice without a connection')
    const { x = 0, width: wide = 0 } = (await ada.getByTestId('who').boundingBox()) ?? {}
    expect(x + wide).toBeLessThanOrEqual(width)
    await ada.context().setOffline(false)
    await says(ada, 'pending', '')
    await ada.goto(`${stack.url}/#/`)
    await look('the invoices')
    await ada.getByTestId('filter-status').selectOption('deleted')
    await ada.locator('.deleted-rows').getByRole('link').click()
    await ada.getByTestId('deleted').waitFor()
    await look('a deleted invoice')
    await ada.goto(`${stack.url}/#/`)
    await look('the deleted invoices')
    await ada.getByTestId('filter-status').selectOption('all')
    await ada.getByTestId('nav-contacts').click()
    await look('the contacts')
    await ada.getByRole('table').getByRole('link').first().click()
    await ada.getByTestId('contact-name').waitFor()
    await look('a contact')
    await ada.getByTestId('nav-profile').click()
    await ada.getByTestId('profile-name').waitFor()
    await look('the profile')
  })
})
