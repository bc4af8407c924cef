import { rightsOf } from '../../core/access/rights.ts'
import { isBuiltIn } from '../../core/app/built-in.ts'
import type { Attempt, PostgresPort, TablePage } from '../../core/outbox/postgres-port.ts'
import { SQL_ACTOR } from '../../core/records/version-vector.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { isEverything } from '../../protocol/normal-filter.ts'
import { alone } from '../sessions/alone.ts'
import type { Health } from '../sessions/health.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { HydrationMark } from '../storage/hydration-marks.ts'
import { type KeepingAsides, putAside } from '../views/set-aside.ts'
import type { Views } from '../views/views.ts'

/** Rows in one page: a page is one call, one transaction, and the unit that a restart repeats. */
const PAGE_ROWS = 2_000

/** Everything that Postgres held before this log began was written there. */
export const BIRTH = { actor: SQL_ACTOR, n: 0, seq: 0 }

type LoadingCollections = Reporting &
  KeepingAsides & {
    readonly postgres: Pick<PostgresPort, 'count' | 'page'>
    readonly health: Health
    /** Resolves after so many ms. */
    readonly pause: (ms: number) => Promise<void>
  }

/** The means to tell those who wait how far the loading is. */
type Reporting = {
  readonly app: TidemarkApp
  readonly sessions: Sessions
  readonly views: Views
  readonly log: Log
}

/**
 * Loads a collection from Postgres in pages by key, from where its mark stands, and tells waiting
 * clients how far it is. While a page is stored the next is on its way; one that was asked for and
 * never stored is asked for again.
 *
 * @param answered takes the value out of an answer; undefined without one
 * @returns whether all of it is here
 */
export async function loadCollection(
  parts: LoadingCollections,
  collection: string,
  answered: <Value>(attempt: Attempt<Value>) => Value | undefined,
): Promise<boolean> {
  const { store, postgres, pause, health } = parts
  let mark = store.hydration.all().find((candidate) => candidate.collection === collection)
  if (!mark) {
    // An engine's own collection is small: a call of its own would cost more than what it tells.
    const total = isBuiltIn(collection) ? 0 : answered(await postgres.count(collection))
    if (total === undefined) return false
    mark = { collection, after: '', loaded: 0, total, done: false, caughtUp: false }
  }
  const ask = ({ done, after }: HydrationMark, reached: string | undefined) =>
    done ? undefined : postgres.page(collection, { after, limit: PAGE_ROWS, reached })
  let asked = ask(mark, store.hydration.reached)
  while (asked) {
    const page = answered(await asked)
    if (!page) return false
    mark = moved(mark, page)
    asked = ask(mark, page.at)
    // What is asked leaves after this turn, and would wait until the page is stored.
    await pause(0)
    keep(parts, mark, page)
    // A page is progress. A count is not: it may be answered where pages are too much.
    health.answered()
    report(parts, mark)
  }
  return true
}

function moved(mark: HydrationMark, { rows, unfit, last, more }: TablePage): HydrationMark {
  return {
    ...mark,
    after: last ?? mark.after,
    loaded: mark.loaded + rows.length + unfit.length,
    done: !more,
  }
}

function keep(parts: KeepingAsides, mark: HydrationMark, { rows, unfit, at }: TablePage): void {
  const { store } = parts
  store.transaction((txn) => {
    txn.putRows(mark.collection, rows, BIRTH)
    for (const one of unfit) putAside(parts, txn, mark.collection, one)
    txn.putHydration(mark)
    txn.putFact('reached', at)
  })
}

/** Whoever may not read all of a collection is told only that all is there: neither rows nor frames say how many. */
function report(parts: Reporting, { collection, loaded, total, done }: HydrationMark): void {
  const progress = { collection, done: loaded, total: Math.max(total, loaded) }
  const concerns = (view: number) => parts.views.of(view)?.collection.name === collection
  for (const session of [...parts.sessions.all()]) {
    if (!session.greeted?.waiting.some(({ view }) => concerns(view))) continue
    alone(parts, session, 'progress', () => {
      if (isEverything(rightsOf(parts.app, session.claims, collection).read))
        session.send(['progress', progress])
      else if (done) session.send(['progress', { collection, done: 1, total: 1 }])
    })
  }
}
