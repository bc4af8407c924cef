import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChromium } from '../../dev/harness/browser.ts'
import { type KillableBrowser, openKillable } from '../../dev/harness/killable-browser.ts'
import { until } from '../../dev/harness/until.ts'
import { buildDiskPage, type DiskPage } from '../support/disk-page.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let built: DiskPage
let folder: string
let browser: KillableBrowser

const start = async () => {
  browser = await openKillable(folder)
  await built.serve(browser.context, stack.url, () => stack.token('ada'))
}

beforeAll(async () => {
  stack = await startStack()
  built = await buildDiskPage()
  folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'))
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('acme', 'a1', 'One')")
  await start()
})

afterAll(async () => {
  await browser.kill()
  await built[Symbol.asyncDispose]()
  await stack.stop()
  await rm(folder, { recursive: true, force: true })
})

async function open(hash = ''): Promise<Page> {
  const page = await browser.context.newPage()
  await page.goto(`${stack.url}/#${hash}`)
  return page
}

/** Numbers of the cards that the page shows, in order. */
const shown = (page: Page): Promise<string[]> =>
  page.evaluate(`db.cards.all().getSnapshot().rows.map(({ number }) => number).sort()`)

const snapshot = (page: Page): Promise<Record<string, unknown>> =>
  page.evaluate('db.connection.getSnapshot()')

const insert = (page: Page, number: string): Promise<{ ok: boolean }> =>
  page.evaluate(`db.cards.insert({ number: '${number}', assigneeId: 'a1', targetPoints: 1 }).saved`)

const isLive = (page: Page) =>
  until('the page is live', async () => (await snapshot(page))['state'] === 'live')

async function numbersInPostgres(): Promise<unknown[]> {
  const rows = await stack.sql('SELECT number FROM cards ORDER BY number')
  return rows.map((row) => row['number'])
}

it('CTR-60 the port holds on a real browser’s IndexedDB', async () => {
  const page = await open('contract')
  expect(await page.evaluate('tryContract()')).toEqual({})
  await page.close()
})

it('PER-8 a second page of the browser works alone, and the first goes on', async () => {
  const first = await open()
  await isLive(first)
  await until('the first has the disk', async () => (await snapshot(first))['persistence'] === 'kept')
  const second = await open()
  await isLive(second)
  await until('the second has not', async () => (await snapshot(second))['persistence'] === 'elsewhere')
  expect(await insert(second, 'c4')).toMatchObject({ ok: false, error: { code: 'not-saved' } })
  await until(
    'both show it',
    async () => (await shown(first)).includes('c4') && (await shown(second)).includes('c4'),
  )
  await second.close()
  await first.close()
})

it('PER-21 on a full disk the page goes on, and says what is not saved', async () => {
  // The quota of an origin is set for a context of its own only, and before its store is opened.
  const chromium = await openChromium()
  const context = await chromium.newContext()
  await built.serve(context, stack.url, () => stack.token('ada'))
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: stack.url, quotaSize: 1_000 })
  await page.goto(`${stack.url}/`)
  await isLive(page)
  await until('the disk was tried', async () => (await snapshot(page))['persistence'] !== 'opening')
  expect(await insert(page, 'c7')).toMatchObject({ ok: false, error: { code: 'not-saved' } })
  expect(await snapshot(page)).toMatchObject({ persistence: 'unavailable' })
  await until('Postgres has it', async () => (await numbersInPostgres()).includes('c7'))
  await chromium.close()
})
