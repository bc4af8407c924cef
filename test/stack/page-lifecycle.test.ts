import process from 'node:process'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Steps } from '../../client/test/connection/page/page.ts'
import { freePort } from '../../dev/free-port.ts'
import { openChromium } from '../../dev/harness/browser.ts'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { buildStackPage, type StackPage } from '../support/stack-page.ts'

/** In the page, where its module has put it. */
declare const steps: Steps

let stack: Stack
let way: FaultyProxy
let built: StackPage
let browser: Awaited<ReturnType<typeof openChromium>>
let page: Page
let devtools: CDPSession
let ben: ReturnType<Stack['client']>

beforeAll(async () => {
  const port = await freePort()
  // A page is let in by a WebSocket where its own address is known.
  stack = await startStack({ vars: { ALLOWED_ORIGINS: `http://127.0.0.1:${port}` } })
  way = await startFaultyProxy(stack.url, port)
  built = await buildStackPage('client/test/connection/page')
  browser = await openChromium()
  page = await built.open(await browser.newContext(), `${way.url}/`, () => stack.token('ada'))
  devtools = await browser.newBrowserCDPSession()
  ben = stack.client('ben')
  ben.assignees.all().subscribe(() => undefined)
  await untilLive()
})

afterAll(async () => {
  ben.close()
  await browser.close()
  await built[Symbol.asyncDispose]()
  await way[Symbol.asyncDispose]()
  await stack.stop()
})

const untilLive = () => page.locator('output[data-state=live]').waitFor({ state: 'attached' })
const shown = async () => ((await page.locator('output').textContent()) ?? '').split(' ')
const untilShown = (id: string) => until(`the page shows ${id}`, async () => (await shown()).includes(id))

/** Stops the processes of all pages, as sleep does, or lets them go on. */
async function freeze(name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
  const pages = processInfo.filter(({ type }) => type === 'renderer')
  expect(pages.length).toBeGreaterThan(0)
  for (const { id } of pages) process.kill(id, name)
}

it.each([
  ['whose link was cut meanwhile', () => way.cut()],
  [
    'whose link fell silent meanwhile',
    async () => {
      way.fallSilent()
      await way.restore()
    },
  ],
  ['whose link has lived on', () => undefined],
])(
  'CON-46 a page that was frozen, %s, is live again, and what it had edited counts once',
  async (name, befall) => {
    const [own, theirs] = [`own, ${name}`.replaceAll(' ', '-'), `theirs, ${name}`.replaceAll(' ', '-')]
    await page.evaluate((id) => steps.add(id), own)
    await freeze('SIGSTOP')
    await befall()
    await ben.assignees.insert({ id: theirs, name: 'Theirs' }).accepted
    await freeze('SIGCONT')
    // A Chromium without a window tells nobody that it wakes a page.
    await page.evaluate(() => document.dispatchEvent(new Event('resume')))
    await untilShown(theirs)
    await untilLive()
    await until('Ben sees what the page made', () => ben.assignees.get(own))
    expect((await shown()).filter((id) => id === own)).toEqual([own])
  },
)

it('CON-46 a page that was left, and is come back to, is live again', async () => {
  const before = await shown()
  await page.goto('about:blank')
  await ben.assignees.insert({ id: 'while-away', name: 'Away' }).accepted
  await page.goBack()
  await untilLive()
  await untilShown('while-away')
  expect(await shown()).toEqual(expect.arrayContaining(before))
})
