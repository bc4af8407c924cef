import type { Browser } from '../people/browser.ts'
import type { Person } from '../people/person.ts'
import type { History } from './history.ts'
import type { Judge } from './judge.ts'

/** Columns whose values nobody else writes. */
const OWN_WORDS = ['name', 'city', 'notes', 'advice'] as const

/** Of the saved edits, so many of the latest are looked for. */
const LATEST = 20

/**
 * What a page shows before its server's first word is nothing that was there before what its own people have saved:
 * an edit that was in the log stays in sight, whatever became of the page that made it.
 */
export function judgeAfterReload(person: Person, browser: Browser, history: History, judge: Judge): void {
  const latest = browser.saved.all.slice(-LATEST)
  for (const [at, { client, n, edit }] of latest.entries()) {
    const later = latest.slice(at + 1).flatMap((saved) => saved.edit.ops)
    const seq = history.placeOf(client, n)
    // One that is Postgres first is never shown over rows.
    if (seq === undefined || edit.durability) continue
    for (const op of edit.ops) {
      // A later edit may bring back what was there before.
      const isLast = !later.some(({ collection, id }) => collection === op.collection && id === op.id)
      if (op.op !== 'update' || !isLast) continue
      for (const name of OWN_WORDS) {
        if (!Object.hasOwn(op.fields, name)) continue
        const since = history.valuesSince(op.collection, op.id, name, seq)
        const before = history.valuesBefore(op.collection, op.id, name, seq)
        for (const query of browser.shownBefore) {
          if (query.query.collection !== op.collection) continue
          const row = person
            .shows(query)
            .rows.map(Object.entries)
            .find((values) => idOf(values) === op.id)
          const [, shown] = row?.find(([column]) => column === name) ?? []
          const isBack = before.includes(shown) && !since.includes(shown)
          const told = () =>
            `shows ${shown} for ${name} of ${op.id} after a reload, from before its edit ${n}`
          judge.check('G7', shown === undefined || !isBack, told)
        }
      }
    }
  }
}

function idOf(values: readonly [string, unknown][]): unknown {
  return values.find(([name]) => name === 'id')?.[1]
}
