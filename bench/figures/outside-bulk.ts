import type { Figure } from '../../dev/harness/figure.ts'
import { arrive, openScene, plainMs, type Round } from '../bulk/arrive.ts'
import { insert, ROWS, remove, update } from '../bulk/rows.ts'
import { centile, rounded } from '../load/numbers.ts'

/** Statements that follow each other without a pause. */
const IN_A_ROW = 7

const GOAL_ARRIVE_MS = 3_000
const GOAL_COMMIT_P50_MS = 1_000
const GOAL_COMMIT_P99_MS = 3_000

type Field = 'rows' | 'arriveMs' | 'plainSqlMs' | 'commitP50Ms' | 'commitP99Ms' | 'drainFailed'

/** What becomes of one SQL statement that changes very many rows, and of those who edit meanwhile. */
export const externalBulk: Figure<Field> = {
  name: 'outside-bulk',
  about: `one UPDATE of ${ROWS} rows by plain SQL: from the nudge until three clients show every row, what the statement takes on a table without our triggers, and what edits of the same and of other rows take meanwhile until they are committed; then the same of ${IN_A_ROW} such statements without a pause, of an INSERT and of a DELETE`,
  fields: ['rows', 'arriveMs', 'plainSqlMs', 'commitP50Ms', 'commitP99Ms', 'drainFailed'],
  goal: `arriveMs <= ${GOAL_ARRIVE_MS}, commitP50Ms <= ${GOAL_COMMIT_P50_MS}, commitP99Ms <= ${GOAL_COMMIT_P99_MS} and drainFailed = 0`,
  async measure(report) {
    await using scene = await openScene()
    const tell = (name: string, { sqlMs, arriveMs, commits }: Round) =>
      report(
        `${name}: ${Math.round(sqlMs)} ms of SQL, everywhere after ${Math.round(arriveMs)} ms; ${commits.length} edits committed, median ${Math.round(centile(commits, 0.5))} ms, worst ${Math.round(centile(commits, 1))} ms`,
      )
    const plainSqlMs = await plainMs(scene, update(1))
    const once = await arrive(scene, [update(1)])
    tell('update', once)
    report(
      `the UPDATE takes ${rounded(once.sqlMs / plainSqlMs)} times as long as the ${Math.round(plainSqlMs)} ms of a table without our triggers; it is everywhere after ${rounded(once.arriveMs / plainSqlMs)} times as long`,
    )
    const row = await arrive(
      scene,
      Array.from({ length: IN_A_ROW }, (_, run) => update(run + 2)),
    )
    tell(`${IN_A_ROW} updates`, row)
    const inserted = await arrive(scene, [insert])
    tell('insert', inserted)
    const removed = await arrive(scene, [remove])
    tell('delete', removed)
    const arriveMs = Math.round(once.arriveMs)
    const commitP50Ms = Math.round(centile(once.commits, 0.5))
    const commitP99Ms = Math.round(centile(once.commits, 0.99))
    const drainFailed = scene.logged('drain-failed')
    return {
      fields: {
        rows: ROWS,
        arriveMs,
        plainSqlMs: Math.round(plainSqlMs),
        commitP50Ms,
        commitP99Ms,
        drainFailed,
      },
      input: {
        edits: once.commits.length,
        sqlMs: Math.round(once.sqlMs),
        inARow: IN_A_ROW,
        inARowSqlMs: Math.round(row.sqlMs),
        inARowMs: Math.round(row.arriveMs),
        inARowCommitP50Ms: Math.round(centile(row.commits, 0.5)),
        inARowCommitMaxMs: Math.round(centile(row.commits, 1)),
        insertMs: Math.round(inserted.arriveMs),
        deleteMs: Math.round(removed.arriveMs),
      },
      ok:
        arriveMs <= GOAL_ARRIVE_MS &&
        commitP50Ms <= GOAL_COMMIT_P50_MS &&
        commitP99Ms <= GOAL_COMMIT_P99_MS &&
        drainFailed === 0,
    }
  },
}
