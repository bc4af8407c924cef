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

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
  for (const page of [ada, ben]) await page.getByTestId('nav-profile').click()
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

const stored = async (column: 'name' | 'address' | 'currency') =>
  (await stack.sql(`SELECT ${column} FROM business_profile WHERE tenant_id = 'acme'`))[0]?.[column]

describe('the business profile', () => {
  it('E2E-73 the owner’s change is on every screen, in its head and its amounts, and in Postgres', async () => {
    await ada.getByTestId('profile-name').fill('Acme Paper & Sons')
    await ada.getByTestId('profile-name').press('Enter')
    await holds(ben, 'profile-name', 'Acme Paper & Sons')
    await ben.getByRole('banner').getByText('Acme Paper & Sons').waitFor()
    await says(ada, 'profile-name-mark', 'stored')
    expect(await stored('name')).toBe('Acme Paper & Sons')

    await ben.getByTestId('nav-invoices').click()
    await ada.getByTestId('profile-currency').selectOption('EUR')
    await until('amounts are in euros', async () =>
      (await ben.getByTestId('totals').textContent())?.includes('€'),
    )
    await says(ada, 'profile-currency-mark', 'stored')
    expect(await stored('currency')).toBe('EUR')
    await ben.getByTestId('nav-profile').click()
  })

  it('E2E-74 who is not the owner sees it, and cannot change it', async () => {
    const vic = await browser.signIn(stack, 'vic')
    await vic.getByTestId('nav-profile').click()
    for (const page of [ben, vic]) {
      await page.getByText('Only the owner changes the business profile.').waitFor()
      for (const field of ['name', 'address', 'vatNumber', 'currency']) {
        expect(await page.getByTestId(`profile-${field}`).isEditable()).toBe(false)
      }
    }
    await vic.context().close()
  })

  it('E2E-75 what the owner changes without a connection is kept, also over a reload, and arrives with the connection', async () => {
    await ada.getByTestId('profile-address').fill('2 Harbour Street')
    expect(await asksBeforeLeaving(ada)).toBe(true)
    await ada.context().setOffline(true)
    await says(ada, 'connection', 'offline')
    await ada.getByTestId('profile-address').press('Enter')
    await says(ada, 'profile-address-mark', 'saving')
    await says(ada, 'pending', '1 kept on this device')
    expect(await asksBeforeLeaving(ada)).toBe(false)
    await holds(ada, 'profile-address', '2 Harbour Street')
    await ada.context().setOffline(false)
    await holds(ben, 'profile-address', '2 Harbour Street')
    await until('it is in Postgres', async () => (await stored('address')) === '2 Harbour Street')
    expect(await asksBeforeLeaving(ada)).toBe(false)
  })

  it('E2E-77 a profile that Postgres refuses to change is as before on every screen, and its author is told why', async () => {
    await ada.getByTestId('nav-profile').click()
    await stack.sql(
      "ALTER TABLE business_profile ADD CONSTRAINT not_abroad CHECK (address NOT LIKE '%Calais%')",
    )
    await ada.getByTestId('profile-address').fill('3 Rue de Calais')
    await ada.getByTestId('profile-address').press('Enter')
    await says(
      ada,
      'toast-text',
      'The address of the business was undone. The database does not allow this value.',
    )
    for (const page of [ada, ben]) await holds(page, 'profile-address', '2 Harbour Street')
    await says(ada, 'profile-address-mark', '')
    await ada.getByRole('button', { name: 'Dismiss' }).click()
  })

  it('E2E-78 a business without a profile is told so, and its owner begins one', async () => {
    await stack.sql("DELETE FROM business_profile WHERE tenant_id = 'acme'")
    await stack.nudge('acme')
    for (const page of [ada, ben]) await says(page, 'list-note', 'No business profile yet.')
    expect(await ben.getByTestId('begin-profile').count()).toBe(0)
    await ada.getByTestId('begin-profile').click()
    await holds(ben, 'profile-name', 'acme')
    await until('it is in Postgres', async () => (await stored('name')) === 'acme')
  })

  it('WEB-37 a popover opens by keyboard, and a click elsewhere, a link, Escape and its button close it', async () => {
    const menu = ada.getByTestId('who-popover')
    const isOpen = () => menu.isVisible()
    await ada.getByTestId('who').press('Enter')
    await until('it is open', isOpen)
    expect(await menu.textContent()).toContain('Ada owner')
    for (const inside of ['own-business', 'sign-out']) {
      await ada.keyboard.press('Tab')
      expect(await hasFocus(ada, inside)).toBe(true)
    }
    await ada.keyboard.press('Escape')
    expect(await isOpen()).toBe(false)
    expect(await hasFocus(ada, 'who')).toBe(true)
    await ada.getByTestId('who').click()
    expect(await isOpen()).toBe(true)
    await ada.getByRole('main').click()
    expect(await isOpen()).toBe(false)
    await ada.getByTestId('nav-contacts').click()
    await ada.getByTestId('who').click()
    await ada.getByTestId('own-business').click()
    await ada.getByTestId('profile-name').waitFor()
    expect(await isOpen()).toBe(false)
    await ada.getByTestId('who').click()
    await ada.getByTestId('who').click()
    expect(await isOpen()).toBe(false)
  })
})
