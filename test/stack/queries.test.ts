import { expect, it } from 'vitest'
import { where } from '../../client/src/index.ts'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted } from '../support/outcomes.ts'
import type { Person } from '../support/person.ts'
import { useTwoPeople } from '../support/two-people.ts'

let ada: Person
let ben: Person

useTwoPeople('once', (two) => {
  ;({ ada, ben } = two)
})

/** States of a connection from now on, until it is asked for them. */
function statesOf({ db }: Person): () => string[] {
  const states: string[] = []
  const stop = db.connection.subscribe(({ state }) => states.push(state))
  return () => {
    stop()
    return states.filter((state) => state !== 'live')
  }
}

const many = (length: number) => Array.from({ length }, (_, i) => `nobody ${i}`)

it('QRY-63 what a screen needs is served to a real client, and follows what others do', async () => {
  const { id, ...edit } = ada.db.assignees.insert({ name: 'Zoe', city: 'Bath' })
  await expectAccepted([edit])
  const queries = [
    ada.db.assignees.where({ name: { in: [...many(999), 'Zoe'] } }),
    ada.db.assignees.where(where.any(...[...many(39), 'Zoe'].map((name) => ({ name })))),
    ada.db.assignees
      .where(where.any(...[...many(30), 'Zo'].map((name) => ({ name: { prefix: name } }))))
      .orderBy('name')
      .orderBy('city', 'desc')
      .after(['Y', '', '']),
    ada.db.assignees.where(nested(where.all({ name: 'Zoe' }), 20)),
  ]
  for (const query of queries) query.subscribe(() => {})
  const cities = () => queries.map((query) => query.getSnapshot().rows.map(({ city }) => city))
  await until('all show her', () => JSON.stringify(cities()) === JSON.stringify(queries.map(() => ['Bath'])))
  ben.db.assignees.update(id, (draft) => {
    draft.city = 'Ghent'
  })
  await until(
    'all show where she is',
    () => JSON.stringify(cities()) === JSON.stringify(queries.map(() => ['Ghent'])),
  )
})

/** Nested so many levels deep, without need. */
function nested(part: ReturnType<typeof where.all<[{ name: string }]>>, levels: number): typeof part {
  let all = part
  for (let i = 0; i < levels; i++) all = where.all(where.not(where.not(all)), where.all())
  return all
}

it('QRY-66 what cannot be asked is refused in words, and no connection notices', async () => {
  const states = [statesOf(ada), statesOf(ben)]
  const { assignees } = ada.db
  const queries = [
    assignees.where({ name: { in: many(1_001) } }),
    assignees.where(where.any(...many(129).map((name) => ({ name })))),
    assignees.where({ name: '\u{1F600}'.slice(1) }),
    assignees.where({ name: { prefix: 'a\0' } }),
    assignees.where({ name: 'x'.repeat(70_000) }),
  ]
  for (const query of queries) query.subscribe(() => {})
  expect(queries.map((query) => query.getSnapshot())).toMatchObject(
    queries.map(() => ({ status: 'error', error: { code: 'bad-query' } })),
  )
  await expectAccepted([ada.db.assignees.insert({ name: 'Yan' }), ben.db.assignees.insert({ name: 'Xin' })])
  const sees = ({ db }: Person) =>
    new Set(
      db.assignees
        .all()
        .getSnapshot()
        .rows.map(({ name }) => name),
    )
  await until('both see both', () => [ada, ben].every((one) => sees(one).has('Yan') && sees(one).has('Xin')))
  expect(states.map((list) => list())).toEqual([[], []])
})

it('FLO-5 a window of large rows, and large changes of all of them, are shown whole', async () => {
  const text = (i: number, more = '') => `${more}${String(i).padStart(3, '0')} ${'x'.repeat(60_000)}`
  const ids: string[] = []
  for (let i = 0; i < 40; i++) {
    const { id, accepted } = ben.db.assignees.insert({ name: `large ${i}`, city: text(i) })
    ids.push(id)
    await accepted
  }
  const window = ada.db.assignees
    .where({ name: { prefix: 'large' } })
    .orderBy('city', 'desc')
    .limit(1_000)
  window.subscribe(() => {})
  const shown = () => window.getSnapshot().rows.map(({ city }) => city.slice(0, 8).trim())
  const wanted = (more: string) =>
    Array.from({ length: 40 }, (_, i) =>
      text(39 - i, more)
        .slice(0, 8)
        .trim(),
    )
  await until('the window', () => JSON.stringify(shown()) === JSON.stringify(wanted('')))
  await Promise.all(
    ids.map((id, i) => {
      const edit = ben.db.assignees.update(id, (draft) => {
        draft.city = text(i, 'new ')
      })
      return edit.accepted
    }),
  )
  await until('what they have become', () => JSON.stringify(shown()) === JSON.stringify(wanted('new ')))
  expect(ada.db.connection.getSnapshot().state).toBe('live')
})
