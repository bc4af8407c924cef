import type { BrowserContext, Page } from 'playwright-core'
import { createClient } from '../../client/src/index.ts'
import { startBlockingProxy } from '../../dev/harness/blocking-proxy.ts'
import { openChromium } from '../../dev/harness/browser.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { startCountingProxy } from '../clients/counting-proxy.ts'

const ROUNDS = 5
const EVENT_ROUNDS = 2

const GOAL_OFFLINE_MS = 1_000
const GOAL_HALF_OPEN_MS = 10_000
const GOAL_LIVE_AGAIN_MS = 3_000

const LIVE = 'live'

/** How long a page says that it is live when it is not, and how soon it is live again. */
export const offline: Figure<'offlineMs' | 'halfOpenMs' | 'liveAgainMs'> = {
  name: 'offline',
  about:
    'the example’s page in Chromium: worst time from the loss of the network, and from the moment a proxy goes deaf on a connection with nothing pending, until the page stops saying live; and from the network’s return until it is live again',
  fields: ['offlineMs', 'halfOpenMs', 'liveAgainMs'],
  goal: `offlineMs < ${GOAL_OFFLINE_MS}, halfOpenMs < ${GOAL_HALF_OPEN_MS} also over events, liveAgainMs < ${GOAL_LIVE_AGAIN_MS}`,
  async measure(report) {
    await using stack = await startStack()
    await using proxy = await startCountingProxy(stack.url)
    const browser = await openChromium()
    try {
      const context = await browser.newContext()
      const page = await openPage(context, proxy.url)
      const network = await inRounds(ROUNDS, () => loseNetwork(context, page))
      const silent = await inRounds(ROUNDS, () => goDeaf(page, proxy))
      report(`without a network ${network.map(({ lostMs }) => lostMs).join(', ')} ms`)
      report(`live again ${network.map(({ backMs }) => backMs).join(', ')} ms`)
      report(`half-open ${silent.join(', ')} ms`)
      const overEvents = await inRounds(EVENT_ROUNDS, () => goDeafOverEvents(stack))
      report(`half-open over events ${overEvents.join(', ')} ms`)
      const offlineMs = Math.max(...network.map(({ lostMs }) => lostMs))
      const liveAgainMs = Math.max(...network.map(({ backMs }) => backMs))
      const halfOpenMs = Math.max(...silent, ...overEvents)
      return {
        fields: { offlineMs, halfOpenMs, liveAgainMs },
        input: { rounds: ROUNDS, eventRounds: EVENT_ROUNDS },
        ok: offlineMs < GOAL_OFFLINE_MS && halfOpenMs < GOAL_HALF_OPEN_MS && liveAgainMs < GOAL_LIVE_AGAIN_MS,
      }
    } finally {
      await browser.close()
    }
  },
}

async function inRounds<Measured>(rounds: number, measure: () => Promise<Measured>): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let round = 0; round < rounds; round++) measured.push(await measure())
  return measured
}

/** Signs somebody in, and writes down in the page when it begins and ceases to say that it is live. */
async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  await page.getByTestId('person-ada').click()
  const badge = page.getByTestId('connection')
  await badge.getByText(LIVE, { exact: true }).waitFor()
  await badge.evaluate((element, live) => {
    const seen: [at: number, isLive: boolean][] = []
    const look = () => seen.push([Date.now(), element.textContent === live])
    new MutationObserver(look).observe(element, { childList: true, characterData: true, subtree: true })
    Object.assign(globalThis, { seen })
  }, LIVE)
  return page
}

/** When, after a moment, the page first said whether it is live; in ms since 1970. */
function saidSince(page: Page, since: number, live: boolean): Promise<number> {
  return until(live ? 'the page is live' : 'the page is not live', async () => {
    const seen: [number, boolean][] = await page.evaluate(() => Reflect.get(globalThis, 'seen'))
    return seen.find(([at, isLive]) => at >= since && isLive === live)?.[0]
  })
}

async function loseNetwork(context: BrowserContext, page: Page) {
  const lost = Date.now()
  await context.setOffline(true)
  const lostMs = (await saidSince(page, lost, false)) - lost
  const back = Date.now()
  await context.setOffline(false)
  return { lostMs, backMs: (await saidSince(page, back, true)) - back }
}

async function goDeaf(page: Page, proxy: { hold(): void }): Promise<number> {
  const since = Date.now()
  proxy.hold()
  const noticed = await saidSince(page, since, false)
  await saidSince(page, noticed, true)
  return noticed - since
}

/** The same for a client that no WebSocket gets through to: its stream falls silent, and nothing else. */
async function goDeafOverEvents(stack: Stack): Promise<number> {
  await using deaf = await startCountingProxy(stack.url)
  await using blocking = await startBlockingProxy(deaf.url)
  const db = createClient<App>({ url: blocking.url, tenant: 'acme', getToken: () => stack.token('ben') })
  const stop = db.contacts.all().subscribe(() => undefined)
  const isLive = () => db.connection.getSnapshot().state === LIVE
  try {
    await until('the client is live', isLive)
    const since = Date.now()
    deaf.hold()
    await until('the client is not live', () => !isLive())
    return Date.now() - since
  } finally {
    stop()
    db.close()
  }
}
