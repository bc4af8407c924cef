import type { Figure } from '../../dev/harness/figure.ts'
import { insertPeople } from '../../dev/harness/many-people.ts'
import { residentMiB } from '../../dev/harness/processes.ts'
import { until } from '../../dev/harness/until.ts'
import { startStack } from '../../dev/invoices/stack.ts'

const TENANT = 'acme'
const ROWS = 100_000

const GOAL_ROWS_PER_SECOND = 20_000
const GOAL_MIB = 96

/** Milliseconds between two looks at the memory. */
const LOOK_MS = 200

const DEADLINE_MS = 120_000

/** How fast a tenant's rows come out of Postgres into its object and on to a first client, and what they take there. */
export const hydrate: Figure<'rows' | 'rowsPerSecond' | 'peakMiB'> = {
  name: 'hydrate',
  about: `a client opens a tenant whose object has nothing yet: ${ROWS} rows until the client holds them all, and the growth of the Worker's process meanwhile`,
  fields: ['rows', 'rowsPerSecond', 'peakMiB'],
  goal: `rowsPerSecond >= ${GOAL_ROWS_PER_SECOND} and peakMiB < ${GOAL_MIB}`,
  async measure(report) {
    await using stack = await startStack({
      prepare: (connectionString) =>
        insertPeople(connectionString, 'contacts', { tenant: TENANT, count: ROWS }),
    })
    const db = stack.client('ada')
    const pids = stack.workerPids()
    const before = await residentMiB(pids)
    let peak = before
    const look = async () => {
      peak = Math.max(peak, await residentMiB(pids))
    }
    const looking = setInterval(() => void look(), LOOK_MS)
    const started = performance.now()
    let loadedMs = 0
    const query = db.contacts.all()
    const stop = query.subscribe(() => {
      const { progress } = query.getSnapshot()
      if (progress?.stage === 'loading' && progress.done === ROWS && loadedMs === 0)
        loadedMs = Math.round(performance.now() - started)
    })
    try {
      await until('the client has all rows', () => query.getSnapshot().status === 'ready', DEADLINE_MS)
      const ms = performance.now() - started
      const rows = query.getSnapshot().rows.length
      report(`loaded after ${loadedMs} ms, at the client after ${Math.round(ms)} ms`)
      await look()
      const rowsPerSecond = Math.round(rows / (ms / 1_000))
      const peakMiB = Math.round(peak - before)
      return {
        fields: { rows, rowsPerSecond, peakMiB },
        input: { loadedMs, beforeMiB: Math.round(before) },
        ok: rows === ROWS && rowsPerSecond >= GOAL_ROWS_PER_SECOND && peakMiB < GOAL_MIB,
      }
    } finally {
      clearInterval(looking)
      stop()
      db.close()
    }
  },
}
