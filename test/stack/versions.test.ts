import pg from 'pg'
import { expect, it } from 'vitest'
import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { OpenSocket } from '../../client/src/environment/socket.ts'
import { eventsOpener } from '../../client/src/transport/events-opener.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'
import { buildWorker } from '../../dev/build-worker.ts'
import { buildChanged } from '../../dev/harness/changed-app.ts'
import { until } from '../../dev/harness/until.ts'
import { SEND_WINDOW } from '../../src/protocol/limits.ts'
import { BOARD } from '../fixtures/board/application.ts'
import type { App } from '../fixtures/board/sync.ts'
import * as clientOf6 from '../fixtures/earlier-clients/v6.js'
import { type Db, follow, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

const clientOfToday = { createClientIn, hostEnvironment, eventsOpener, partysocketOpener }

/** Somebody with a page open that is never reloaded. */
type Page = Person & {
  readonly name: string
  /** Versions in which the page has said hello, without repetitions. */
  readonly spoken: number[]
  /** What the connection has been. */
  readonly states: Set<string>
}

async function openPage(
  stack: Stack,
  name: string,
  library: typeof clientOfToday,
  transport: 'webSocket' | 'events',
): Promise<Page> {
  const spoken: number[] = []
  const environment = library.hostEnvironment(({ now, setTimer }) => {
    const events = () => library.eventsOpener({ now, setTimer, fetch: (...request) => fetch(...request) })
    return noting(transport === 'events' ? events() : library.partysocketOpener(), spoken)
  })
  const getToken = () => stack.pass('acme', name)
  const db: Db = library.createClientIn<App>(environment, { url: stack.url, tenant: 'acme', getToken })
  const states = new Set<string>()
  db.connection.subscribe(() => states.add(db.connection.getSnapshot().state))
  return { ...(await follow(db, name)), name, spoken, states }
}

/** An opener that notes the versions of the hellos that are sent. */
function noting(open: OpenSocket, spoken: number[]): OpenSocket {
  return (...target) => {
    const socket = open(...target)
    const send = (text: string) => {
      const [, version] = /^\["hello",\{"protocol":(\d+),/.exec(text) ?? []
      if (version !== undefined && spoken.at(-1) !== Number(version)) spoken.push(Number(version))
      socket.send(text)
    }
    return { send, close: () => socket.close() }
  }
}

/** More than a page is sent before it says that it has read some of it. */
async function fillBeyondWindow(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const length = 2_000
  await client.query(
    `INSERT INTO assignees (tenant_id, id, name)
     SELECT 'acme', 'a' || n, rpad(n || ' ', $1, 'x') FROM generate_series(1, $2) AS n`,
    [length, Math.ceil((1.5 * SEND_WINDOW) / length)],
  )
  await client.end()
}

/** The Worker before the newest version of the protocol: it speaks all but that one. */
const buildPrevious = () =>
  buildChanged(BOARD, 'src/protocol/version.ts', (source) =>
    source.replace(
      /\{ length: (PROTOCOL_VERSION - MIN_PROTOCOL_VERSION) \+ 1 \},\s*\(_, i\) => (PROTOCOL_VERSION - i)/,
      '{ length: $1 }, (_, i) => $2 - 1',
    ),
  )

it('PRO-22 PRO-23 pages of either version work on through a deploy, its rollback, and the next one', async () => {
  await using stack = await startStack({ prepare: fillBeyondWindow })
  const [previous, today] = [await buildPrevious(), await buildWorker({ config: BOARD.config })]
  await stack.deploy(previous)
  const pages = await Promise.all([
    openPage(stack, 'six', clientOf6, 'webSocket'),
    openPage(stack, 'six-events', clientOf6, 'events'),
    openPage(stack, 'newest', clientOfToday, 'webSocket'),
    openPage(stack, 'newest-events', clientOfToday, 'events'),
  ])
  let expected = 0
  const allShowTheSame = async () => {
    await until('all pages show every card', () =>
      pages.every(({ db }) => db.cards.all().getSnapshot().rows.length === expected),
    )
    const [first, ...others] = pages.map((page) => page.shown())
    for (const other of others) expect(other).toEqual(first)
  }
  const everybodyEdits = async (round: string) => {
    const edits = pages.map(({ db, name }) =>
      db.cards.insert({
        id: `${round}-${name}`,
        number: `${round}-${name}`,
        assigneeId: 'a1',
        targetPoints: 1,
      }),
    )
    expected += edits.length
    for (const { committed } of edits) expect(await committed).toMatchObject({ ok: true })
    await allShowTheSame()
  }
  await everybodyEdits('before')

  // Version 6 knows no policy `max`.
  for (const [round, script, bestScore] of [
    ['deployed', today, 20],
    ['rolled-back', previous, 30],
    ['deployed-again', today, 10],
  ] as const) {
    // What is typed while no Worker is there goes up in the version of the next one.
    const deployed = stack.deploy(script)
    const typed = pages.map(({ db, name }) =>
      db.cards.update(`before-${name}`, (draft) => {
        draft.reactions += 1
        draft.notes = round
        draft.bestScore = bestScore
      }),
    )
    await deployed
    for (const { committed } of typed) expect(await committed).toMatchObject({ ok: true })
    await everybodyEdits(round)
  }

  for (const { db } of pages) {
    const taken = await db.cards.insert({ number: 'before-six', assigneeId: 'a1', targetPoints: 1 }).committed
    expect(taken).toMatchObject({ ok: false, error: { code: 'refused-unique' } })
  }
  await allShowTheSame()
  const [counted] = await stack.sql("SELECT count(*)::int AS n FROM cards WHERE tenant_id = 'acme'")
  expect(counted).toEqual({ n: expected })
  expect(
    await stack.sql(
      "SELECT DISTINCT reactions, notes, best_score AS best FROM cards WHERE id LIKE 'before-%'",
    ),
  ).toEqual([{ reactions: 3, notes: 'deployed-again', best: 30 }])
  expect(Object.fromEntries(pages.map(({ name, spoken }) => [name, spoken]))).toEqual({
    six: [6],
    'six-events': [6],
    newest: [7, 8, 7, 8],
    'newest-events': [7, 8, 7, 8],
  })
  for (const { states } of pages) expect(states).not.toContain('update-required')
  for (const page of pages) page.close()
})
