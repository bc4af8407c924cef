import type { Figure } from '../../dev/harness/figure.ts'
import { ClientWork, startSurroundings, WORK } from '../browser/client-work.ts'
import { openPage } from '../browser/open-page.ts'
import { median, rounded } from '../load/numbers.ts'

const ROUNDS = 3

const GOAL_MS = 1_500
const GOAL_TASK_MS = 50

/** What a hundred thousand rows are to a page. */
export const speedBrowser: Figure<
  'ms' | 'longestTaskMs' | 'floorMs' | 'floorTaskMs' | 'ratio' | 'taskRatio'
> = {
  name: 'speed-browser',
  about:
    'a client in Chromium: from connecting to the first result of a live query over 100,000 rows; and the longest task of the page then, while 10,000 changes of others come, and while it comes back with 1,000 edits made without a connection, onto rows that others changed; as the floor, a page that reads and holds the same rows as plain JSON',
  fields: ['ms', 'longestTaskMs', 'floorMs', 'floorTaskMs', 'ratio', 'taskRatio'],
  goal: `ms < ${GOAL_MS} and longestTaskMs <= ${GOAL_TASK_MS}`,
  async measure(report) {
    await using surroundings = await startSurroundings({ minify: true })
    const loads: number[] = []
    const tasks: number[] = []
    const floor = { loads: [] as number[], tasks: [] as number[] }
    for (let round = 1; round <= ROUNDS; round++) {
      await using plain = await openPage(surroundings.origin)
      const plainly = new ClientWork(plain.page, surroundings, String(round))
      const floorTask = await plain.longestTask(async () => {
        floor.loads.push(await plainly.loadPlainly())
      })
      floor.tasks.push(floorTask)
      await plain[Symbol.asyncDispose]()
      await using open = await openPage(surroundings.origin)
      const work = new ClientWork(open.page, surroundings, String(round))
      let ms = 0
      const loading = await open.longestTask(async () => {
        ms = await work.load()
      })
      await work.openWindow()
      const remote = await open.longestTask(() => work.hearOfOthers())
      const own = await open.longestTask(() => work.comeBackWithEdits())
      const [a, b, c] = [loading, remote, own].map(Math.round)
      report(
        `round ${round}: loaded in ${Math.round(ms)} ms; longest task ${a} ms; under changes ${b}, under own edits ${c}; plain JSON: ${Math.round(floor.loads.at(-1) ?? 0)} ms, longest task ${Math.round(floorTask)} ms`,
      )
      loads.push(ms)
      tasks.push(Math.max(loading, remote, own))
    }
    const ms = Math.round(median(loads))
    const longestTaskMs = Math.round(median(tasks))
    const floorMs = Math.round(median(floor.loads))
    const floorTaskMs = Math.round(median(floor.tasks))
    return {
      fields: {
        ms,
        longestTaskMs,
        floorMs,
        floorTaskMs,
        ratio: rounded(ms / floorMs),
        taskRatio: rounded(longestTaskMs / floorTaskMs),
      },
      input: { ...WORK, rounds: ROUNDS },
      ok: ms < GOAL_MS && longestTaskMs <= GOAL_TASK_MS,
    }
  },
}
