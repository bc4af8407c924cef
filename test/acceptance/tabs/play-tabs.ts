import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { countSockets, type SocketCounter } from '../../../dev/harness/counting-sockets.ts'
import { type KillableBrowser, openKillable } from '../../../dev/harness/killable-browser.ts'
import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import { buildDiskPage } from '../../support/disk-page.ts'
import type { Stack } from '../../support/stack.ts'
import { type Made, missingConflicts } from './missing-conflicts.ts'

type Options = {
  readonly rounds: number
  readonly seed: number
  readonly report: (line: string) => void
}

export type TabRounds = {
  /** Edits whose `saved` had resolved. */
  readonly saved: number
  /** Of those, the ones that Postgres has not. */
  readonly lost: number
  /** How often edits were counted more than once. */
  readonly doubled: number
  /** The most connections that the tabs had when all of them were live. */
  readonly sockets: number
  /** Values that were overwritten by a tab that had not seen them, and that no conflict keeps. */
  readonly conflictsMissing: number
  /** Values that were overwritten so. */
  readonly unseen: number
}

/** Ends of the lead of a tab. */
const ENDS = ['killed', 'left', 'frozen'] as const

/** Milliseconds that tabs edit for in a round; the one that leads goes in the middle of it. */
const EDITING_MS = 300

/** Milliseconds after which connections that have ended are no more counted. */
const REST_MS = 5_000

const CARDS = 20

/** Lets two and five tabs of a browser edit the same card, while the one that leads is killed, left or frozen. */
export async function playTabs(stack: Stack, { rounds, seed, report }: Options): Promise<TabRounds> {
  const random = new Random(seed)
  await using counter = await countSockets(stack.url)
  await using built = await buildDiskPage('tabs')
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-tabs-'))
  const browser = await openKillable(folder)
  const made: Made[] = []
  await built.serve(browser.context, counter.url, () => stack.token('ada'))
  await browser.context.exposeFunction('savedInTab', (one: Made) => void made.push(one))
  await seedCards(stack)
  const tabs = new Tabs(browser, counter)
  let sockets = 0
  for (let round = 1; round <= rounds; round++) {
    await tabs.openUntil(round % 2 === 0 ? 5 : 2)
    sockets = Math.max(sockets, await tabs.settled())
    await tabs.edit(`card-${random.whole(1, CARDS)}`, round, random)
    if (round % 20 === 0) report(`${round} rounds, ${made.length} edits saved`)
  }
  sockets = Math.max(sockets, await tabs.settled())
  await browser.kill()
  await rm(folder, { recursive: true, force: true })
  const rows = await stack.sql("SELECT reactions, labels FROM cards WHERE tenant_id = 'acme'")
  const labels = new Set(rows.flatMap((row) => (Array.isArray(row['labels']) ? row['labels'] : [])))
  const counted = rows.reduce((sum, row) => sum + Number(row['reactions']), 0)
  const kept = await stack.sql("SELECT loser FROM tidemark.conflict WHERE field = 'notes'")
  return {
    saved: made.length,
    lost: made.filter(({ label }) => !labels.has(label)).length,
    doubled: counted - labels.size,
    sockets,
    ...missingConflicts(
      made,
      kept.map((row) => JSON.stringify(row['loser'])),
    ),
  }
}

type Standing = { readonly state: string; readonly pending: number }

const standingOf = (page: Page): Promise<Standing> => page.evaluate('tab.connection.getSnapshot()')

async function seedCards(stack: Stack): Promise<void> {
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('acme', 'a1', 'One')")
  await stack.sql(
    `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points)
     SELECT 'acme', 'card-' || i, 'c' || i, 'a1', 1 FROM generate_series(1, ${CARDS}) AS i`,
  )
}

class Tabs {
  readonly #browser: KillableBrowser
  readonly #counter: SocketCounter
  readonly #pages = new Set<Page>()
  /** The tab that opened a connection last. */
  #leader: Page | undefined

  constructor(browser: KillableBrowser, counter: SocketCounter) {
    this.#browser = browser
    this.#counter = counter
  }

  async openUntil(count: number): Promise<void> {
    for (const page of [...this.#pages].slice(count)) {
      this.#pages.delete(page)
      await page.close()
    }
    while (this.#pages.size < count) {
      const page = await this.#browser.context.newPage()
      page.on('websocket', () => {
        this.#leader = page
      })
      await page.goto(`${this.#counter.url}/`)
      this.#pages.add(page)
    }
  }

  /** Waits until all tabs are live and nothing is pending. Returns how many connections they have then. */
  async settled(): Promise<number> {
    for (const page of this.#pages)
      await until('each tab is live, and has nothing pending', async () => {
        const { state, pending } = await standingOf(page)
        return state === 'live' && pending === 0
      })
    const end = Date.now() + REST_MS
    while (this.#counter.open > 1 && Date.now() < end) await sleep(50)
    return this.#counter.open
  }

  async edit(card: string, round: number, random: Random): Promise<void> {
    const pages = [...this.#pages]
    const editing = pages.map((page, i) =>
      // It ends with its tab.
      page.evaluate(`edit('${card}', '${round}-${i}', ${EDITING_MS})`).catch(() => undefined),
    )
    await sleep(random.whole(0, EDITING_MS))
    const leader = this.#leader
    if (leader && this.#pages.has(leader)) await this.#end(leader, ENDS[random.whole(0, ENDS.length - 1)])
    await Promise.all(editing)
  }

  async #end(page: Page, how: (typeof ENDS)[number] | undefined): Promise<void> {
    if (how === 'frozen') {
      const session = await page.context().newCDPSession(page)
      await session.send('Page.setWebLifecycleState', { state: 'frozen' })
      await sleep(EDITING_MS)
      await session.send('Page.setWebLifecycleState', { state: 'active' })
      return
    }
    this.#pages.delete(page)
    if (how === 'left') await page.goto('about:blank')
    else {
      const crashed = page.waitForEvent('crash')
      const session = await page.context().newCDPSession(page)
      // No answer comes from what has crashed.
      session.send('Page.crash').catch(() => undefined)
      await crashed
    }
    await page.close()
  }
}
