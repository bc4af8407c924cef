import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createServerClient, dehydrate, preload } from '../../client/src/ssr.ts'
import { renderPeople } from '../../client/test/react/render-people.tsx'
import { freePort } from '../../dev/free-port.ts'
import { openChromium } from '../../dev/harness/browser.ts'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import { MAX_LIST_VALUES } from '../../src/protocol/limits.ts'
import type { App } from '../fixtures/board/sync.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { buildStackPage, type StackPage } from '../support/stack-page.ts'

/** In the page, where its components have put them. */
declare const show: (shown: { people?: string; suspended?: string; limit?: number }) => void
declare const rename: (name: string) => void
declare const undo: () => void
/** The frames that the page has sent. */
declare const sent: readonly string[]

let stack: Stack
let way: FaultyProxy
let pages: { readonly components: StackPage; readonly example: StackPage }
let browser: Awaited<ReturnType<typeof openChromium>>
let ben: ReturnType<Stack['client']>

beforeAll(async () => {
  const port = await freePort()
  // A page is let in by a WebSocket where its own address is known.
  stack = await startStack({ vars: { ALLOWED_ORIGINS: `http://127.0.0.1:${port}` } })
  way = await startFaultyProxy(stack.url, port)
  pages = {
    components: await buildStackPage('client/test/react/page'),
    example: await buildStackPage('client/test/react/example'),
  }
  browser = await openChromium()
  ben = stack.client('ben')
  ben.assignees.all().subscribe(() => undefined)
  await until('Ben is live', () => ben.connection.getSnapshot().state === 'live')
  for (const [id, name] of Object.entries({ a1: 'Anna', a2: 'Bo' }))
    await ben.assignees.insert({ id, name, city: 'Bristol' }).accepted
  await ben.assignees.insert({ id: 'a3', name: 'Cy', city: 'Leeds' }).accepted
})

afterAll(async () => {
  ben.close()
  await browser.close()
  for (const page of Object.values(pages)) await page[Symbol.asyncDispose]()
  await way[Symbol.asyncDispose]()
  await stack.stop()
})

/** The page with components, and the frames that it has sent. */
async function open(fill?: (html: string) => string) {
  const context = await browser.newContext()
  await context.addInitScript(() => {
    const { send } = WebSocket.prototype
    const sent: string[] = []
    Object.assign(globalThis, { sent })
    WebSocket.prototype.send = function (text) {
      sent.push(String(text))
      send.call(this, text)
    }
    const { fetch } = globalThis
    globalThis.fetch = (address, init) => {
      sent.push(String(init?.body))
      return fetch(address, init)
    }
  })
  const page = await pages.components.open(context, `${way.url}/`, () => stack.token('ada'), fill)
  await until('the page is live', async () => (await page.getByTestId('state').textContent()) === 'live')
  const count = async (kind: string) =>
    (await page.evaluate(() => sent.join())).split(`["${kind}",`).length - 1
  return { page, count: (...kinds: string[]) => Promise.all(kinds.map(count)) }
}

const shows = (page: Page, id: string, text: string) =>
  until(`the page shows ${text}`, async () => (await page.getByTestId(id).allTextContents()).includes(text))

it('RCT-1 a component in StrictMode shows a live query with one subscription, and asks for nothing when it is back', async () => {
  const { page, count } = await open()
  await page.evaluate(() => show({ people: 'Bristol' }))
  await shows(page, 'people', 'Anna, Bo')
  await ben.assignees.insert({ id: 'a4', name: 'Di', city: 'Bristol' }).accepted
  await shows(page, 'people', 'Anna, Bo, Di')
  expect(await count('subscribe')).toEqual([1])
  await page.evaluate(() => show({}))
  expect(await page.getByTestId('people').getAttribute('data-status')).toBe('disabled')
  await page.evaluate(() => show({ people: 'Bristol' }))
  await shows(page, 'people', 'Anna, Bo, Di')
  expect(await count('subscribe', 'unsubscribe')).toEqual([1, 0])
  await page.evaluate(() => show({ people: 'Leeds' }))
  await shows(page, 'people', 'Cy')
  await until('what was left is let go', async () => (await count('unsubscribe'))[0] === 1)
  await page.context().close()
})

it('RCT-2 what is false instead of a query is asked for nothing', async () => {
  const { page, count } = await open()
  const people = page.getByTestId('people')
  expect([await people.getAttribute('data-status'), await people.textContent()]).toEqual(['disabled', ''])
  expect(await count('subscribe')).toEqual([0])
  await page.context().close()
})

it('RCT-3 components suspend until what they share is loaded, and a refusal is thrown to the boundary', async () => {
  const { page, count } = await open()
  await page.evaluate(() => show({ suspended: 'Leeds' }))
  await shows(page, 'suspended', 'Cy')
  expect([await page.getByTestId('suspended').count(), await count('subscribe')]).toEqual([2, [1]])
  expect(await page.getByTestId('fallback').count()).toBe(0)
  await page.evaluate((limit) => show({ suspended: 'Leeds', limit }), MAX_LIST_VALUES + 1)
  await shows(page, 'thrown', 'bad-query')
  way.fallSilent()
  way.cut()
  await page.evaluate(() => show({ suspended: 'Bristol' }))
  await shows(page, 'fallback', 'waits')
  await way.restore()
  await shows(page, 'suspended', 'Anna, Bo, Di')
  await page.context().close()
})

it('RCT-4 an edit is followed from the call to Postgres, and is taken back', async () => {
  const { page } = await open()
  await page.evaluate(() => show({ people: 'Bristol' }))
  await shows(page, 'people', 'Anna, Bo, Di')
  await page.evaluate(() => rename('Zoe'))
  await shows(page, 'edit', 'stored ')
  await shows(page, 'people', 'Bo, Di, Zoe')
  await page.evaluate(() => undo())
  await shows(page, 'people', 'Anna, Bo, Di')
  await shows(page, 'edit', 'stored ')
  await until('Ben sees it', () => ben.assignees.get('a1')?.name === 'Anna')
  await page.evaluate(() => rename(''.padEnd(200_000, 'x')))
  await shows(page, 'edit', 'failed too-large')
  await page.context().close()
})

it('RCT-5 a page asks before it is left while an edit is nowhere but in it, and no longer', async () => {
  const { page } = await open()
  await page.evaluate(() => show({ people: 'Bristol' }))
  await shows(page, 'people', 'Anna, Bo, Di')
  const asked: string[] = []
  page.on('dialog', (dialog) => {
    asked.push(dialog.type())
    return dialog.dismiss()
  })
  way.fallSilent()
  await page.getByTestId('state').click()
  await page.evaluate(() => rename('Ann'))
  await until(
    'one is unsent',
    async () => (await page.getByTestId('edit').getAttribute('data-unsent')) === '1',
  )
  await page.close({ runBeforeUnload: true })
  await until('the page asks', () => asked.length > 0)
  await way.restore()
  await until(
    'nothing is unsent',
    async () => (await page.getByTestId('edit').getAttribute('data-unsent')) === '0',
  )
  await page.close({ runBeforeUnload: true })
  await until('the page is gone', () => page.isClosed())
  expect(asked).toEqual(['beforeunload'])
})

it('RCT-6 what a server has rendered is what the browser renders first, then it is live', async () => {
  const db = createServerClient<App>({ url: stack.url, tenant: 'acme', getToken: () => stack.token('ada') })
  expect(renderPeople(db)).toContain('data-status="loading"')
  const query = db.assignees.where({ city: 'Bristol' }).orderBy('name')
  expect(await preload(db, [query])).toEqual({ ok: true })
  const names = query.getSnapshot().rows.map(({ name }) => name)
  const html = renderPeople(db)
  expect(html).toContain(`data-status="ready">${names.join(', ')}</p>`)
  const state = JSON.stringify(dehydrate(db)).replaceAll('<', '\\u003c')
  await ben.assignees.insert({ id: 'later', name: 'Zed', city: 'Bristol' }).accepted

  const { page } = await open((text) =>
    text.replace('<!--app-->', html).replace(' id="state"></script>', ` id="state">${state}</script>`),
  )
  await shows(page, 'people', [...names, 'Zed'].join(', '))
  expect(await page.locator('main').getAttribute('data-difference')).toBeNull()
  await page.context().close()
})

it('RCT-9 what cannot be preloaded says why, and is left to the browser', async () => {
  const db = createServerClient<App>({ url: stack.url, tenant: 'acme', getToken: () => 'none' })
  expect(await preload(db, [db.cards.all()])).toMatchObject({ ok: false, error: { code: 'unauthenticated' } })
  const nobody = createServerClient<App>({ url: stack.url, tenant: 'acme', getToken: () => null })
  expect(await preload(nobody, [nobody.cards.all()])).toMatchObject({
    ok: false,
    error: { code: 'signed-out' },
  })
  expect(dehydrate(db)).toEqual({ queries: [] })
  expect(await db.assignees.delete('a1').accepted).toMatchObject({ ok: false, error: { code: 'not-ready' } })
})

it('RCT-7 the example of the README is a live editable list', async () => {
  const page = await pages.example.open(await browser.newContext(), `${stack.url}/`, () => stack.token('ada'))
  const inputs = page.getByRole('textbox')
  await until('all are listed', async () => (await inputs.count()) === 5)
  await inputs.first().fill('Abel')
  await until('Ben sees it', () =>
    ben.assignees
      .all()
      .getSnapshot()
      .rows.some(({ name }) => name === 'Abel'),
  )
  await ben.assignees.insert({ id: 'b1', name: 'Aaron', city: 'Hull' }).accepted
  await until('it comes first', async () => (await inputs.first().inputValue()) === 'Aaron')
  await page.getByRole('button', { name: 'Remove' }).first().click()
  await until('Ben has lost it', () => ben.assignees.get('b1') === undefined)
  await page.context().close()
})
