import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { naiveResult } from '../../support/query-model/naive.ts'
import type { Person } from '../people/person.ts'
import { showable } from '../people/poison.ts'
import { CARD_RIGHTS } from '../world/rights.ts'
import type { InPostgres } from './client-checker.ts'
import type { Judge } from './judge.ts'

/**
 * Compares what a person is shown of lost values in the end with what Postgres holds of them: each that is open, of
 * which the person is a side and may see the field, is in one item, and no other.
 *
 * @param subject whom the page takes to be there; undefined while that changes, when nothing is shown to anybody
 */
export function judgeInbox(
  person: Person,
  subject: string | undefined,
  inPostgres: InPostgres,
  judge: Judge,
): void {
  const { inbox } = person.following
  if (!inbox) return
  const shown = inbox.items
    .flatMap(({ losers }) => losers.filter(({ state }) => state === 'open'))
    .map(({ id }) => id)
  const open = [...inPostgres.tables.rows(CONFLICTS).values()].filter(({ state }) => state === 'open')
  const own = open.filter(
    (row) => subject !== undefined && [row['winnerBy'], row['loserBy']].includes(subject),
  )
  for (const id of new Set([...shown, ...own.map(({ id }) => String(id))])) {
    const row = own.find((other) => other['id'] === id)
    const times = shown.filter((other) => other === id).length
    const may = row ? maySee(person, row, inPostgres) : 'no'
    const holds = may === 'unclear' ? times <= 1 : times === (may === 'yes' ? 1 : 0)
    judge.check(
      'CNF',
      holds,
      () => `(${person.shownRole}) is shown ${id} ${times} times: ${JSON.stringify(row)}`,
    )
  }
}

/** Whether the rules let a person see a conflict. Of a record that is gone they depend on what it held once. */
function maySee(
  person: Person,
  { collection, record, field }: Row,
  { tables }: InPostgres,
): 'yes' | 'no' | 'unclear' {
  if (collection !== 'cards') return 'yes'
  const { read, hidden } = CARD_RIGHTS[person.shownRole]
  if (typeof field === 'string' && hidden.includes(field)) return 'no'
  const row = showable('cards', tables.rows('cards')).get(String(record))
  // It is gone, or set aside: what it held once is for the log to say.
  if (!row) return person.shownRole === 'viewer' ? 'unclear' : 'yes'
  return naiveResult([row], { collection }, { read, hidden: [] }).length > 0 ? 'yes' : 'no'
}
