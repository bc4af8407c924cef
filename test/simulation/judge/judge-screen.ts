import type { Rights } from '../../../src/core/query/view.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { naiveResult } from '../../support/query-model/naive.ts'
import { AT_LIMITS, BEYOND_LIMITS } from '../campaign/limit-shapes.ts'
import type { Asked } from '../campaign/shapes.ts'
import { isId } from '../people/odd-ids.ts'
import type { Person } from '../people/person.ts'
import { setAside, showable } from '../people/poison.ts'
import { CARD_RIGHTS, EVERY_RIGHT } from '../world/rights.ts'
import type { InPostgres } from './client-checker.ts'
import { same } from './history.ts'
import type { Judge } from './judge.ts'

/** Compares what is shown in the end with what Postgres holds, as far as the person may see it. */
export function judgeScreen(person: Person, inPostgres: InPostgres, judge: Judge): void {
  person.listening.finished(person.asked.keys(), judge)
  for (const query of person.asked.keys()) {
    judgeLimits(person, query, judge)
    if (person.shows(query).status !== 'ready') continue
    const { collection } = query.query
    const isLimited = person.shownRole === 'viewer' && collection === 'cards'
    const all = inPostgres.tables.rows(collection)
    const rights = collection === 'cards' ? CARD_RIGHTS[person.shownRole] : EVERY_RIGHT
    judgeRows(person, query, [...showable(collection, all).values()], rights, judge)
    judgeAside(person, query, setAside(collection, all).filter(isId), isLimited, judge)
  }
}

function judgeRows(person: Person, query: Asked, rows: readonly Row[], rights: Rights, judge: Judge): void {
  const expected = naiveResult(rows, query.query, rights)
  const shown = person.shows(query).rows.map((row) => Object.entries(row))
  const fits =
    shown.length === expected.length &&
    shown.every((values) => {
      const [id] = values.flatMap(([name, value]) => (name === 'id' ? [value] : []))
      const row = expected.find((other) => other['id'] === id)
      return row && values.every(([name, value]) => same(row[name], value))
    })
  judge.check('G9', fits, () => {
    const [asked, wanted] = [JSON.stringify(query.query), JSON.stringify(expected)]
    return `(${person.shownRole}) shows ${JSON.stringify(shown)} for ${asked} instead of ${wanted}`
  })
}

/** @param mayKnowLess whether the person may not know of everything that is set aside */
function judgeAside(
  person: Person,
  query: Asked,
  expected: readonly string[],
  mayKnowLess: boolean,
  judge: Judge,
): void {
  const told = (person.shows(query).aside ?? []).map(({ id }) => id)
  for (const id of new Set([...told, ...expected])) {
    const holds = expected.includes(id) && (told.includes(id) || mayKnowLess)
    judge.check('ASD', holds, () => `was told that ${told} are set aside, which ${expected} are`)
  }
}

function judgeLimits(person: Person, query: Asked, judge: Judge): void {
  const { status, error } = person.shows(query)
  const told = `${status} ${error?.code}`
  const check = (right: string) => judge.check('QRY', told === right, () => `${told} instead of ${right}`)
  if (BEYOND_LIMITS.includes(query)) check('error bad-query')
  if (AT_LIMITS.includes(query)) check('ready undefined')
}
