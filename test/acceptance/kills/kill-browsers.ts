import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { type KillableBrowser, openKillable } from '../../../dev/harness/killable-browser.ts'
import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import { buildDiskPage, type DiskPage } from '../../support/disk-page.ts'
import type { Stack } from '../../support/stack.ts'

type Options = {
  readonly kills: number
  readonly seed: number
  readonly report: (line: string) => void
}

export type BrowserKills = {
  /** Edits whose `saved` had resolved. */
  readonly saved: number
  /** Of those, the ones that Postgres has not. */
  readonly lost: number
  /** How often edits were counted more than once. */
  readonly doubled: number
  /** Visits that began with an empty store, whose edits were in the file. */
  readonly emptied: number
}

/** Cards that the visits edit, one after the other. */
const CARDS = 20

/** Milliseconds that a visit edits for, at most, before it is killed. */
const LONGEST_MS = 500

/** What a page tells of its client. */
/** Milliseconds after which a visit without a network that has nothing to edit is given one. */
const ALONE_MS = 2_000

type Standing = { readonly state: string; readonly pending: number; readonly persistence: string }

const standingOf = (page: Page): Promise<Standing> => page.evaluate('db.connection.getSnapshot()')

/**
 * Kills a browser while it edits, again and again, on one folder: every other time without a network. Each edit adds
 * one to a counter and its own label to a set, so that one that is lost and one that counts twice are told apart.
 */
export async function killBrowsers(stack: Stack, { kills, seed, report }: Options): Promise<BrowserKills> {
  const random = new Random(seed)
  await using built = await buildDiskPage()
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-kills-'))
  const visits = new Visits(stack, built, folder)
  await seedCards(stack)
  for (let visit = 1; visit <= kills; visit++) {
    await visits.killWhileEditing(visit, random)
    if (visit % 20 === 0)
      report(`${visit} kills, ${visits.saved.size} edits saved, ${visits.emptied} stores emptied`)
  }
  await visits.drain()
  await rm(folder, { recursive: true, force: true })
  const rows = await stack.sql("SELECT reactions, labels FROM cards WHERE tenant_id = 'acme'")
  const labels = new Set(rows.flatMap((row) => (Array.isArray(row['labels']) ? row['labels'] : [])))
  const counted = rows.reduce((sum, row) => sum + Number(row['reactions']), 0)
  return {
    saved: visits.saved.size,
    lost: [...visits.saved].filter((label) => !labels.has(label)).length,
    doubled: counted - labels.size,
    emptied: visits.emptied,
  }
}

async function seedCards(stack: Stack): Promise<void> {
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('acme', 'a1', 'One')")
  await stack.sql(
    `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points)
     SELECT 'acme', 'card-' || i, 'c' || i, 'a1', 1 FROM generate_series(1, ${CARDS}) AS i`,
  )
}

class Visits {
  readonly saved = new Set<string>()
  emptied = 0
  readonly #stack: Stack
  readonly #built: DiskPage
  readonly #folder: string

  constructor(stack: Stack, built: DiskPage, folder: string) {
    this.#stack = stack
    this.#built = built
    this.#folder = folder
  }

  async killWhileEditing(visit: number, random: Random): Promise<void> {
    const card = `card-${random.whole(1, CARDS)}`
    const [browser, page] = await this.#open(visit % 2 === 0)
    const patientUntil = Date.now() + ALONE_MS
    await until('there is something to edit', async () => {
      const { persistence } = await standingOf(page)
      // Where the store came back empty, rows and manifest come from the server.
      if (persistence === 'lost' || Date.now() > patientUntil) await browser.context.setOffline(false)
      return persistence !== 'opening' && (await page.evaluate(`db.cards.get('${card}') !== undefined`))
    })
    if ((await standingOf(page)).persistence === 'lost') this.emptied++
    // It ends with the browser.
    page.evaluate(`editForEver('${card}', ${visit})`).catch(() => {})
    await sleep(random.whole(20, LONGEST_MS))
    await browser.kill()
  }

  /** A last visit, with a network, that waits until everything is in Postgres. */
  async drain(): Promise<void> {
    const [browser, page] = await this.#open(false)
    await until('everything is in Postgres', async () => {
      const { state, pending } = await standingOf(page)
      return state === 'live' && pending === 0
    })
    await browser.kill()
  }

  async #open(offline: boolean): Promise<[KillableBrowser, Page]> {
    const { url } = this.#stack
    const browser = await openKillable(this.#folder)
    const { context } = browser
    await this.#built.serve(context, url, () => this.#stack.token('ada'))
    await context.exposeFunction('savedOne', (label: string) => void this.saved.add(label))
    // The first visit of all has nothing on disk yet.
    if (offline && this.saved.size > 0) await context.setOffline(true)
    const page = await context.newPage()
    await page.goto(`${url}/`)
    return [browser, page]
  }
}
