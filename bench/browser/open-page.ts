import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Profiler } from 'node:inspector'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { buildPage } from '../../dev/build-web.ts'
import { freePort } from '../../dev/free-port.ts'
import { openChromium } from '../../dev/harness/browser.ts'

/** A page in a real Chromium. */
export type OpenPage = AsyncDisposable & {
  readonly page: Page
  /** The longest that the page's thread was busy while `run` ran, in ms. */
  longestTask(run: () => Promise<void>): Promise<number>
  /** Where the page's time went while `run` ran. */
  profile(run: () => Promise<unknown>): Promise<Profiler.Profile>
}

/** An event of a trace, as far as it is read here. Times in microseconds. */
type TraceEvent = {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly args?: { readonly name?: string }
}

/** Microseconds between two samples of a profile. */
const SAMPLED_EVERY_US = 200

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** A page, built and served. */
export type ServedPage = AsyncDisposable & { readonly origin: string }

/**
 * @param source the folder of its index.html
 * @param options.minify whether its code is as it is delivered, or as it can be read
 * @param options.more texts that are served besides, by their paths
 */
export async function servePage(
  source: URL,
  { more = {}, ...options }: { minify?: boolean; more?: Readonly<Record<string, string>> } = {},
): Promise<ServedPage> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-page-'))
  await buildPage(fileURLToPath(source), folder, options)
  const server = createServer(async ({ url = '/' }, response) => {
    const file = url === '/' ? 'index.html' : url
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
    response.end(more[file] ?? (await readFile(join(folder, file)).catch(() => '')))
  })
  const port = await freePort()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function openPage(origin: string): Promise<OpenPage> {
  const browser = await openChromium()
  const page = await browser.newPage({ locale: 'en-US' })
  await page.goto(origin)
  return {
    page,
    async longestTask(run) {
      await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
      await run()
      const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse(String(await browser.stopTracing()))
      return longestOf(traceEvents)
    },
    async profile(run) {
      const session = await page.context().newCDPSession(page)
      await session.send('Profiler.enable')
      await session.send('Profiler.setSamplingInterval', { interval: SAMPLED_EVERY_US })
      await session.send('Profiler.start')
      await run()
      const { profile } = await session.send('Profiler.stop')
      await session.detach()
      return profile
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

function longestOf(events: readonly TraceEvent[]): number {
  const main = events.find(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  if (!main) throw new Error('the trace knows no page')
  const tasks = events.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && pid === main.pid && tid === main.tid,
  )
  if (tasks.length === 0) throw new Error('the trace has no tasks')
  return Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1_000
}
