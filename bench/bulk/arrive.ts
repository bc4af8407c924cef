import { performance } from 'node:perf_hooks'
import { openSession } from '../../dev/harness/session.ts'
import { until } from '../../dev/harness/until.ts'
import { open, type Person } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { type Editing, startEditing } from './editor.ts'
import { type Bulk, invoiceId, prepareRows, ROWS, TENANT } from './rows.ts'

/** How long anything may take before it counts as never. */
const PATIENCE_MS = 180_000

/** A stack in which people hold all rows while others change them. */
export type Scene = AsyncDisposable & {
  readonly stack: Stack
  readonly people: readonly Person[]
  /** Events that the Worker logged. */
  readonly logged: (event: string) => number
}

/** What one round of bulk statements came to. Times are in ms. */
export type Round = {
  /** The statements themselves, until Postgres has them. */
  readonly sqlMs: number
  /** From the nudge until the last client shows the last row. */
  readonly arriveMs: number
  /** What each edit took meanwhile until it was committed. */
  readonly commits: readonly number[]
}

export async function openScene(options: { inspectorPort?: number } = {}): Promise<Scene> {
  const lines: string[] = []
  const stack = await startStack({
    prepare: prepareRows,
    // Every look is asked for, so that a round measures its own.
    vars: { POLL_CHANGES: 'off' },
    onLog: (line) => lines.push(line),
    ...options,
  })
  const people = [await open(stack, 'ada'), await open(stack, 'ben'), await open(stack, 'cleo')]
  return {
    stack,
    people,
    logged: (event) => lines.filter((line) => line.includes(`"event":"${event}"`)).length,
    async [Symbol.asyncDispose]() {
      for (const person of people) person.close()
      await stack[Symbol.asyncDispose]()
    },
  }
}

/**
 * Runs statements one after the other, nudges after each, and edits until everybody shows the last. Editing begins
 * with the first nudge: an edit of a row that a statement still has locked measures that statement.
 */
export async function arrive({ stack, people }: Scene, bulks: readonly Bulk[]): Promise<Round> {
  const [editor] = people
  const last = bulks.at(-1)
  if (!editor || !last) throw new Error('somebody edits while something arrives')
  let editing: Editing | undefined
  let sqlMs = 0
  let nudgedAt = 0
  try {
    await using session = await openSession(stack.connectionString)
    for (const { text, params } of bulks) {
      const begun = performance.now()
      await session.query(text('invoices'), [...params])
      nudgedAt = performance.now()
      sqlMs += nudgedAt - begun
      editing ??= startEditing(editor.db, last)
      await stack.nudge(TENANT)
    }
    const arrivedAt = await Promise.all(people.map((person) => showAll(person, last)))
    return { sqlMs, arriveMs: Math.max(...arrivedAt) - nudgedAt, commits: (await editing?.stop()) ?? [] }
  } finally {
    editing?.end()
  }
}

/** When a person's client shows every row as the statement has it. */
async function showAll({ db }: Person, { prefix, isShown }: Bulk): Promise<number> {
  let place = 0
  await until(
    'the client shows every row',
    () => {
      while (place < ROWS && isShown(db.invoices.get(invoiceId(prefix, place)))) place += 1
      return place === ROWS
    },
    PATIENCE_MS,
  )
  return performance.now()
}

/** What the statement takes by itself, on the same rows in a table without our triggers, in ms. */
export async function plainMs({ stack }: Scene, { text, params }: Bulk): Promise<number> {
  await using session = await openSession(stack.connectionString)
  const begun = performance.now()
  await session.query(text('plain_invoices'), [...params])
  return performance.now() - begun
}
