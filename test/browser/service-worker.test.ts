import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { openChromium } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'

/** What is served, by path: a text, or `broken` for an answer of a server in trouble. */
let served: Readonly<Record<string, string>> = {}
/** Every path that was asked for. */
const asked: string[] = []
const server = createServer(({ method, url = '' }, response) => {
  asked.push(`${method} ${url}`)
  const text = served[url]
  const type = url.endsWith('.js') ? 'text/javascript' : 'text/html'
  response.writeHead(text === undefined ? 404 : text === 'broken' ? 503 : 200, { 'content-type': type })
  response.end(text)
})
let url: string
let browser: Browser
let page: Page
let code: string

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A server that listens on a port has such an address.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const built = await readFile(join(PROJECT, 'examples/invoices/web/dist/service-worker.js'), 'utf8')
  // Behind what the example's build has put before it.
  code = built.slice(built.indexOf(';') + 1)
  browser = await openChromium()
  page = await browser.newPage()
})

afterAll(async () => {
  await browser.close()
  server.close()
  server.closeAllConnections()
})

/** A build of a page that says its name, and has a part that is loaded late. */
function build(name: string): Record<string, string> {
  const files = {
    '/': `<!doctype html><title>${name}</title><script type="module" src="/assets/page-${name}.js"></script>`,
    [`/assets/page-${name}.js`]: `document.body.textContent = '${name}'; window.late = () => import('/assets/late-${name}.js');
      navigator.serviceWorker.register('/service-worker.js')`,
    [`/assets/late-${name}.js`]: `export const late = 'late of ${name}'`,
  }
  const hashes = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      `sha256-${createHash('sha256').update(text).digest('base64')}`,
    ]),
  )
  return { ...files, '/service-worker.js': `const BUILD=${JSON.stringify({ name, files: hashes })};${code}` }
}

/** Waits until these builds are kept whole: a cache is there, in part, from when its worker begins to install. */
const keeps = (...builds: string[]) =>
  until(`the builds ${builds.join(' and ')} are kept`, async () => {
    const { kept, isAtRest } = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration()
      const isUnderWay = registration?.installing ?? registration?.waiting
      return {
        kept: await caches.keys(),
        isAtRest: !isUnderWay && registration?.active?.state === 'activated',
      }
    })
    return isAtRest && kept.join() === builds.map((name) => `page ${name}`).join()
  })

const shown = () => page.locator('body').innerText()
const late = (): Promise<string> => page.evaluate('window.late().then((part) => part.late)')

it('E2E-98 a page opens from the build that was kept where the server does not answer, or is in trouble', async () => {
  served = build('one')
  await page.goto(url)
  await keeps('one')
  served = { '/': 'broken' }
  await page.reload()
  expect(await shown()).toBe('one')
  expect(await late()).toBe('late of one')
})

it('E2E-98 a new build is there at the next load; a window of the one before has its late parts, and no page has parts of both', async () => {
  served = build('two')
  await page.reload()
  expect(await shown()).toBe('two')
  await keeps('one', 'two')
  expect(await late()).toBe('late of two')
  served = build('three')
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update()
  })
  await keeps('two', 'three')
  served = { '/': 'broken' }
  expect(await late()).toBe('late of two')
  await page.reload()
  expect(await shown()).toBe('three')
})

it('E2E-98 a build of which a file is another’s is not kept', async () => {
  served = { ...build('four'), '/assets/late-four.js': 'export const late = "of another build"' }
  await page.reload()
  await until('it was tried and given up', async () => {
    const isOver = await page.evaluate(
      async () => !(await navigator.serviceWorker.getRegistration())?.installing,
    )
    return isOver && asked.includes('GET /assets/late-four.js')
  })
  await keeps('two', 'three')
  served = { '/': 'broken' }
  await page.reload()
  expect(await shown()).toBe('three')
})

it('E2E-98 nothing but the page’s own files is answered from what was kept', async () => {
  served = { '/sync/x': 'of the server', '/assets/other.js': '' }
  asked.length = 0
  const read = (path: string, method = 'GET') =>
    page.evaluate(async ([at = '', how = '']) => (await fetch(at, { method: how })).status, [path, method])
  expect([
    await read('/sync/x'),
    await read('/sync/x'),
    await read('/', 'POST'),
    await read('/dev/people'),
  ]).toEqual([200, 200, 404, 404])
  expect(asked).toEqual(['GET /sync/x', 'GET /sync/x', 'POST /', 'GET /dev/people'])
  await page.goto(`${url}health`)
  expect(asked).toContain('GET /health')
})
