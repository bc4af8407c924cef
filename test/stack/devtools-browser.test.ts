import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { replay } from '../../client/src/testing/index.ts'
import { openChromium } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { faintTexts, tooWide } from '../browser/faint-texts.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { buildStackPage, type StackPage } from '../support/stack-page.ts'

const HOST = 'tidemark-devtools'
const PHONE = { width: 390, height: 780 }

/** A value that a panel which took it for markup would run. */
const MARKUP = '<img src=x onerror=window.wasRun=true>'

let stack: Stack
let built: StackPage
let browser: Awaited<ReturnType<typeof openChromium>>
let page: Page
let cards = 0

beforeAll(async () => {
  stack = await startStack()
  built = await buildStackPage('client/test/devtools/page')
  browser = await openChromium()
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('acme', 'a1', 'One')")
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
  await built[Symbol.asyncDispose]()
})

beforeEach(async () => {
  await page?.context().close()
  page = await built.open(await browser.newContext(), stack.url, () => stack.token('ada'))
  await badge().getByText('live').waitFor()
})

const badge = () => page.locator(`${HOST} .badge`)
const panel = () => page.getByRole('region', { name: 'Tidemark devtools' })
const tab = (name: string) => panel().getByRole('tab', { name })
const press = (name: string) => panel().getByRole('button', { name, exact: true }).click()
const content = () => panel().getByRole('tabpanel')
const hasFocus = (place: Locator) => place.evaluate((element) => element.matches(':focus'))

/** Opens the panel at a tab. */
async function open(name: string): Promise<void> {
  await badge().click()
  await tab(name).click()
}

/** Waits until the tab says something; it is shown anew whenever something happens. */
const says = (words: RegExp) =>
  until(`the tab says ${words}`, async () => words.test(await content().innerText()))

/** Makes a card. Gives the code of its refusal, if it is refused. */
async function make(assignee = 'a1', story = MARKUP): Promise<string | undefined> {
  const number = `D-${++cards}`
  const values = JSON.stringify({ number, assigneeId: assignee, targetPoints: 1, story })
  return page.evaluate(`db.cards.insert(${values}).committed.then(({ error }) => error?.code)`)
}

it('DVT-1 a button and a short-cut open and close the panel, which is used by keyboard', async () => {
  await page.getByLabel('A field of the page').focus()
  await page.keyboard.press('Alt+Shift+KeyD')
  await panel().waitFor()
  expect(await hasFocus(tab('Connection'))).toBe(true)
  await page.keyboard.press('ArrowRight')
  expect([await tab('Queries').getAttribute('aria-selected'), await hasFocus(tab('Queries'))]).toEqual([
    'true',
    true,
  ])
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  expect(await hasFocus(tab('Events'))).toBe(true)
  expect(await tab('Events').evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid')
  await page.keyboard.press('Escape')
  await panel().waitFor({ state: 'hidden' })
  expect(await hasFocus(badge())).toBe(true)
  await page.keyboard.press('Enter')
  await panel().waitFor()
  await page.keyboard.press('Alt+Shift+KeyD')
  await panel().waitFor({ state: 'hidden' })
})

it('DVT-2 it shows the connection, queries, edits with their outcomes, and frames, also those of later', async () => {
  expect(await make()).toBeUndefined()
  await open('Connection')
  await says(/State\s+live[\s\S]*Epoch\s+\S+[\s\S]*Cursor\s+\d+[\s\S]*Accepted after\s+\d+ ms/)
  await tab('Queries').click()
  await says(/cards\s+ready\s+1\s+1\s+medium\s[\s\S]*"limit":50/)
  await tab('Edits').click()
  expect(await make('nobody')).toBe('refused-foreign-key')
  await says(
    /2\s+failed\s[\s\S]*insert cards [\s\S]*\(refused-foreign-key\)\s+1\s+committed\s+\d+ ms\s+\d+ ms\s+insert cards /,
  )
  await tab('Frames').click()
  await content().getByLabel('Filter').fill('push D-2')
  const frames = content().getByRole('listitem')
  expect(await frames.count()).toBe(1)
  await frames.first().locator('summary').click()
  expect(await frames.first().locator('pre').innerText()).toContain('"assigneeId":"nobody"')
  await content().getByLabel('Filter').fill('')
  await press('Pause')
  const shown = await frames.first().innerText()
  await make()
  expect(await frames.first().innerText()).toBe(shown)
  await press('Go on')
  await until('it goes on', async () => (await frames.first().innerText()) !== shown)
  expect(await content().innerText()).toContain('hello')
  await press('Clear')
  expect(await content().innerText()).not.toContain('hello')
})

it('DVT-3 a value that looks like markup is shown as text, in each tab', async () => {
  await make()
  await badge().click()
  for (const name of ['Connection', 'Queries', 'Edits', 'Frames', 'Events']) {
    await tab(name).click()
    expect([name, await panel().locator('img').count()]).toEqual([name, 0])
    const isTold = (await content().textContent())?.includes('<img src=x')
    expect([name, isTold]).toEqual([name, ['Edits', 'Frames', 'Events'].includes(name)])
  }
  expect(await page.evaluate('window.wasRun')).toBeUndefined()
})

it('DVT-4 a session with the real server is copied, and comes to the same end where it is replayed', async () => {
  await make()
  await make('nobody')
  await page.evaluate("db.cards.where({ number: 'D-1' }).once()")
  await page.context().setOffline(true)
  await until(
    'it is offline',
    async () => (await page.evaluate('db.connection.getSnapshot().state')) === 'offline',
  )
  const late = make()
  await page.context().setOffline(false)
  await late
  await until('it is live', async () => (await page.evaluate('db.connection.getSnapshot().state')) === 'live')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await badge().click()
  await press('Copy repro')
  await panel().getByRole('status').getByText('Copied').waitFor()
  const text = await page.evaluate<string>('navigator.clipboard.readText()')
  expect(await replay(text)).toMatchObject({ same: true })
  expect(text).not.toContain(await stack.token('ada'))
  expect(text).toContain('refused-foreign-key')
})

it('DVT-5 "Drop link" takes the network from the client, and gives it back', async () => {
  await open('Connection')
  await press('Drop link')
  await content().getByText('the link is dropped here').waitFor()
  const late = make()
  expect(await page.evaluate('db.connection.getSnapshot().cause.code')).toBe('no-network')
  await press('Restore link')
  expect(await late).toBeUndefined()
  await content().getByText('live', { exact: true }).waitFor()
})

it.each(['light', 'dark'] as const)(
  'DVT-6 in the %s its texts can be read, and on a phone all is in reach',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    expect(await faintTexts(page, HOST)).toEqual([])
    await make()
    await make('nobody')
    await badge().click()
    for (const size of [PHONE, { width: 1280, height: 800 }]) {
      await page.setViewportSize(size)
      for (const name of ['Connection', 'Queries', 'Edits', 'Frames', 'Events']) {
        await tab(name).click()
        expect([name, await faintTexts(page, HOST), await tooWide(page)]).toEqual([name, [], 0])
      }
      for (const one of await panel().getByRole('button').all())
        expect(await one.evaluate((element) => element.getBoundingClientRect().right <= innerWidth)).toBe(
          true,
        )
    }
  },
)
