import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { type OpenPage, openPage, servePage } from '../browser/open-page.ts'
import type { Address, steps as pageSteps } from '../browser/page.ts'
import { PLAIN_TENANT } from '../load/measure.ts'
import { rowId } from '../load/rows.ts'
import { startServer } from '../load/servers.ts'
import type { Writer } from '../load/target.ts'
import { tidemarkTarget } from '../load/tidemark-target.ts'
import { median } from '../raw/numbers.ts'
import { startDatabase } from '../write-path/database.ts'
import type { Figure } from './figure.ts'

const ROWS = 100_000
const ROUNDS = 3
const REMOTE = 10_000
const OWN = 1_000

/** What others write at a time, and how long it is until they write more. */
const BATCH = 500
const BATCHES_APART_MS = 60

const GOAL_MS = 1_500
const GOAL_TASK_MS = 50

/** In the page, where the module has put it. */
declare const steps: typeof pageSteps

/** What a hundred thousand rows are to a page. */
export const speedBrowser: Figure<'ms' | 'longestTaskMs'> = {
  name: 'speed-browser',
  about:
    'a client in Chromium: from connecting to the first result of a live query over 100,000 rows; and the longest task of the page then, while 10,000 changes of others come, and while it comes back with 1,000 edits made without a connection, onto rows that others changed',
  fields: ['ms', 'longestTaskMs'],
  goal: `ms < ${GOAL_MS} and longestTaskMs <= ${GOAL_TASK_MS}`,
  async measure(report) {
    await using database = await startDatabase(PLAIN_TENANT, 1)
    await using served = await servePage(new URL('../browser/', import.meta.url))
    await using server = await startServer('tidemark', database, ROWS, { origins: served.origin })
    const [token = '', ofWriter = ''] = await server.tokens(2)
    const target = tidemarkTarget(server.url, [ofWriter], 1)
    const write = await target.openWriter(0)
    const address = { url: server.url, tenant: server.tenant, token }
    const loads: number[] = []
    const tasks: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      await using open = await openPage(served)
      const { ms, longest } = await runRound(open, { address, write, round, report })
      loads.push(ms)
      tasks.push(longest)
    }
    target.close()
    const ms = Math.round(median(loads))
    const longestTaskMs = Math.round(median(tasks))
    return {
      fields: { ms, longestTaskMs },
      input: { rows: ROWS, remoteChanges: REMOTE, ownEdits: OWN, rounds: ROUNDS },
      ok: ms < GOAL_MS && longestTaskMs <= GOAL_TASK_MS,
    }
  },
}

type Round = {
  readonly address: Address
  readonly write: Writer
  readonly round: number
  readonly report: (line: string) => void
}

async function runRound({ page, longestTask }: OpenPage, { address, write, round, report }: Round) {
  let ms = 0
  const loading = await longestTask(async () => {
    ms = await load(page, address)
  })
  await page.evaluate(() => steps.watchWindow())
  const remote = await longestTask(async () => {
    const said = page.evaluate(([id, notes]) => steps.untilSaid(id, notes), lastOf(REMOTE, round))
    await writeMany(write, REMOTE, round)
    await said
  })
  const own = await longestTask(async () => {
    const ids = Array.from({ length: OWN }, (_, place) => rowId(place))
    await page.evaluate((all) => steps.editCutOff(all), ids)
    await writeMany(write, OWN, -round)
    const refused = await page.evaluate(() => steps.comeBack())
    if (refused > 0) throw new Error(`${refused} edits of the page were not taken`)
  })
  const [a, b, c] = [loading, remote, own].map(Math.round)
  report(
    `round ${round}: loaded in ${Math.round(ms)} ms; longest task ${a} ms; under changes ${b}, under own edits ${c}`,
  )
  return { ms, longest: Math.max(loading, remote, own) }
}

async function load(page: Page, address: Address): Promise<number> {
  const { ms, rows } = await page.evaluate((to) => steps.load(to), address)
  if (rows !== ROWS) throw new Error(`the page has ${rows} rows`)
  return ms
}

const notesOf = (place: number, round: number) => `written ${place} in ${round}`

const lastOf = (count: number, round: number): [string, string] => [
  rowId(count - 1),
  notesOf(count - 1, round),
]

async function writeMany(write: Writer, count: number, round: number): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    write(Array.from({ length: BATCH }, (_, i) => ({ id: rowId(from + i), notes: notesOf(from + i, round) })))
    await pause(BATCHES_APART_MS)
  }
}
