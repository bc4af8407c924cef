import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { freePort } from '../../dev/free-port.ts'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { type KillableBrowser, openKillable } from '../../dev/harness/killable-browser.ts'
import { until } from '../../dev/harness/until.ts'
import { buildDiskPage, type DiskPage } from '../support/disk-page.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let way: FaultyProxy
let built: DiskPage
let folder: string
let browser: KillableBrowser
let made = 0

const start = async () => {
  browser = await openKillable(folder)
  await built.serve(browser.context, way.url, () => stack.token('ada'))
}

beforeAll(async () => {
  const port = await freePort()
  // A page is let in by a WebSocket where its own address is known.
  stack = await startStack({ vars: { ALLOWED_ORIGINS: `http://127.0.0.1:${port}` } })
  way = await startFaultyProxy(stack.url, port)
  built = await buildDiskPage()
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('acme', 'a1', 'One')")
})

afterAll(async () => {
  await built[Symbol.asyncDispose]()
  await way[Symbol.asyncDispose]()
  await stack.stop()
})

// Each test has a disk of its own.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'))
  await way.restore()
  await start()
})

afterEach(async () => {
  await browser.kill()
  await rm(folder, { recursive: true, force: true })
})

async function open(hash = ''): Promise<Page> {
  const page = await browser.context.newPage()
  await page.goto(`${way.url}/#${hash}`)
  return page
}

const snapshot = (page: Page): Promise<Record<string, unknown>> =>
  page.evaluate('db.connection.getSnapshot()')

const untilIs = (page: Page, expected: Record<string, unknown>) =>
  until(`the page is ${JSON.stringify(expected)}`, async () => {
    const now = await snapshot(page)
    return Object.entries(expected).every(([name, value]) => now[name] === value)
  })

/** Numbers of the cards that the page shows. */
const shown = (page: Page): Promise<string[]> =>
  page.evaluate('db.cards.all().getSnapshot().rows.map(({ number }) => number)')

const untilShown = (page: Page, numbers: readonly string[]) =>
  until(`the page shows ${numbers}`, async () => {
    const now = await shown(page)
    return numbers.every((number) => now.filter((other) => other === number).length === 1)
  })

/** Makes a card, and waits until it is saved. */
async function insert(page: Page, number = `c${++made}`): Promise<string> {
  const saved = await page.evaluate(
    `db.cards.insert({ number: '${number}', assigneeId: 'a1', targetPoints: 1 }).saved`,
  )
  expect(saved).toEqual({ ok: true })
  return number
}

/** A page that is kept, with a card that everybody has; its link is cut then. */
async function cutOff(): Promise<{ page: Page; known: string }> {
  const page = await open()
  await untilIs(page, { state: 'live', persistence: 'kept' })
  const known = await insert(page)
  await untilIs(page, { pending: 0 })
  await way.refuse()
  await untilIs(page, { state: 'offline' })
  return { page, known }
}

/** Waits until Postgres has each of these once. */
async function untilInPostgres(page: Page, numbers: readonly string[]): Promise<void> {
  await way.restore()
  await untilIs(page, { state: 'live', pending: 0 })
  const rows = await stack.sql('SELECT number FROM cards')
  const there = rows.map(({ number }) => String(number))
  expect(there.filter((number) => numbers.includes(number)).toSorted()).toEqual(numbers.toSorted())
}

/** Deletes the stores of the origin, the page's own word about who used it last aside. */
const deleteStores = (page: Page): Promise<number> =>
  page.evaluate(`(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name).filter((name) => name !== 'tidemark')
    for (const name of names) {
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name)
        request.onsuccess = resolve
        request.onerror = reject
      })
    }
    return names.length
  })()`)

it('PER-2 a browser that was killed without a network has its rows and its unsent edits again, and can go on', async () => {
  const { page, known } = await cutOff()
  const unsent = [await insert(page), await insert(page)]
  await browser.kill()

  await start()
  const next = await open()
  await untilShown(next, [known, ...unsent])
  expect(await snapshot(next)).toMatchObject({ persistence: 'kept', pending: 2 })
  const later = await insert(next)
  await untilInPostgres(next, [known, ...unsent, later])
})

it('PER-2 so has a page that is loaded anew without a network', async () => {
  const { page, known } = await cutOff()
  const unsent = await insert(page)
  await page.reload()
  await untilShown(page, [known, unsent])
  await untilIs(page, { persistence: 'kept', pending: 1, state: 'offline' })
  await untilInPostgres(page, [known, unsent])
})

it('PER-14 edits are in the file where the store has come back empty, and go up', async () => {
  const { page } = await cutOff()
  const unsent = [await insert(page), await insert(page)]
  await browser.kill()

  await start()
  // A page without a client, so that nobody has the store open.
  const cleaner = await open('contract')
  expect(await deleteStores(cleaner)).toBe(1)
  await cleaner.close()
  const next = await open()
  await untilIs(next, { persistence: 'lost', pending: 2 })
  await untilInPostgres(next, unsent)
})

it('PER-20 a store that is deleted under its page is written anew, and outlasts the next kill', async () => {
  const { page } = await cutOff()
  const before = await insert(page)
  expect(await deleteStores(page)).toBe(1)
  const after = await insert(page)
  await untilIs(page, { persistence: 'lost' })
  await browser.kill()

  await start()
  const next = await open()
  await untilShown(next, [before, after])
  await untilIs(next, { persistence: 'kept', pending: 2 })
  await untilInPostgres(next, [before, after])
})

it('OFF-23 edits that are discarded are gone from the browser, and say so', async () => {
  const { page, known } = await cutOff()
  const number = `c${++made}`
  const outcome = await page.evaluate(`(async () => {
    const edit = db.cards.insert({ number: '${number}', assigneeId: 'a1', targetPoints: 1 })
    await edit.saved
    const asked = await db.signOut()
    const { done } = await asked.discard()
    return { unsent: asked.unsent, done, code: (await edit.committed).error.code }
  })()`)
  expect(outcome).toEqual({ unsent: 1, done: true, code: 'client-closed' })
  await page.close()
  expect(await deleteStores(await open('contract'))).toBe(0)
  await way.restore()
  const next = await open()
  await untilIs(next, { state: 'live', persistence: 'kept', pending: 0 })
  await untilShown(next, [known])
  expect(await shown(next)).not.toContain(number)
})

it('PER-23 a page makes way for one that needs the store in another form, and says that it has to be loaded anew', async () => {
  const page = await open()
  await untilIs(page, { state: 'live', persistence: 'kept' })
  const newer = await open('contract')
  const upgraded = await newer.evaluate(`(async () => {
    const [{ name, version }] = (await indexedDB.databases()).filter(({ name }) => name !== 'tidemark')
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version + 1)
      request.onsuccess = () => resolve(request.result)
      request.onerror = reject
    })
    return database.version
  })()`)
  expect(upgraded).toBe(2)
  await untilIs(page, { state: 'update-required' })
})
