import * as fc from 'fast-check'
import type { Rights } from '../../../src/core/query/view.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import type { Filter, Query } from '../../../src/protocol/query.ts'
import type { Value } from '../../../src/protocol/value.ts'

const IDS = ['c1', 'c2', 'c3', 'c4', 'c5'] as const
const TITLES = ['a', 'ab', 'b', '\u{1F600}', '\uFF5E'] as const
const OWNERS = ['mia', 'tom'] as const
const STATES = ['open', 'won', 'lost', 'archived'] as const

const id = fc.constantFrom(...IDS)
const title = fc.constantFrom(...TITLES)
const votes = fc.integer({ min: 0, max: 3 })

/** What one edit does to a card. */
export type Action =
  | readonly ['insert', string, { readonly title: string; readonly owner: string }]
  | readonly ['title' | 'state', string, string]
  | readonly ['note', string, string | null]
  | readonly ['vote', string, number]
  | readonly ['remove', string]

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(fc.constant('insert' as const), id, fc.record({ title, owner: fc.constantFrom(...OWNERS) })),
  fc.tuple(fc.constant('title' as const), id, title),
  fc.tuple(fc.constant('state' as const), id, fc.constantFrom(...STATES)),
  fc.tuple(fc.constant('note' as const), id, fc.option(title, { nil: null })),
  fc.tuple(fc.constant('vote' as const), id, votes),
  fc.tuple(fc.constant('remove' as const), id),
)

/** Rights as claims give them: everything, one's own without the notes, or what was not lost. */
export const RIGHTS: readonly Rights[] = [
  { read: EVERYTHING, hidden: [] },
  { read: ['=', 'owner', 'mia'], hidden: ['note'] },
  { read: ['not', ['=', 'state', 'lost']], hidden: [] },
]

const compared = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const)

const condition: fc.Arbitrary<Filter> = fc.oneof(
  fc.tuple(fc.constant('=' as const), fc.constant('state'), fc.constantFrom(...STATES)),
  fc.tuple(fc.constant('=' as const), fc.constant('owner'), fc.constantFrom(...OWNERS)),
  fc.tuple(fc.constant('=' as const), fc.constant('note'), fc.option(title, { nil: null })),
  fc.tuple(compared, fc.constant('votes'), votes),
  fc.tuple(compared, fc.constantFrom('title', 'note'), title),
  fc.tuple(
    fc.constant('in' as const),
    fc.constant('note'),
    fc.array(fc.option(title, { nil: null }), { maxLength: 2 }),
  ),
  fc.tuple(fc.constant('in' as const), fc.constant('state'), fc.subarray([...STATES])),
  fc.tuple(fc.constant('prefix' as const), fc.constant('title'), title),
)

/** Two conditions at the least, combined in some way. */
const where: fc.Arbitrary<Filter> = fc.oneof(
  fc.tuple(
    fc.constantFrom('and' as const, 'or' as const),
    fc.array(condition, { minLength: 2, maxLength: 3 }),
  ),
  fc.tuple(condition, condition, condition).map(([a, b, c]): Filter => ['and', [a, ['not', ['or', [b, c]]]]]),
)

const orderBy = fc.oneof(
  fc
    .constantFrom('votes', 'title', 'note', 'state')
    .chain((column) =>
      fc
        .constantFrom('asc' as const, 'desc' as const)
        .map((way): NonNullable<Query['orderBy']> => [[column, way]]),
    ),
  fc.constant<NonNullable<Query['orderBy']>>([
    ['state', 'desc'],
    ['votes', 'asc'],
  ]),
)

/** What comes after a place in an order. */
function placed(column: string, value: fc.Arbitrary<Value>) {
  return fc.record({
    where,
    orderBy: fc
      .constantFrom('asc' as const, 'desc' as const)
      .map((way): NonNullable<Query['orderBy']> => [[column, way]]),
    after: fc.tuple(value, id),
    limit: fc.option(fc.constant(2), { nil: undefined }),
  })
}

/** A query over the cards: a set, or an ordered window with a limit, perhaps after a place in the order. */
export const query: fc.Arbitrary<Query> = fc
  .oneof(
    fc.record({ where, select: fc.option(fc.constant(['title', 'votes']), { nil: undefined }) }),
    fc.record({
      where: fc.option(where, { nil: undefined }),
      orderBy: fc.option(orderBy, { nil: undefined }),
      limit: fc.integer({ min: 1, max: 3 }),
    }),
    placed('votes', votes),
    placed('note', fc.option(title, { nil: null })),
  )
  .map((drawn): Query => defined({ collection: 'cards', ...drawn }))

function defined(drawn: { collection: string; [key: string]: unknown }): Query {
  // What was not drawn is absent, as on the wire.
  return JSON.parse(JSON.stringify(drawn))
}

/** What happens between two looks at the readers: edits, a reader that goes or comes, other claims. */
export type Step =
  | { readonly is: 'edit'; readonly actions: readonly Action[] }
  | { readonly is: 'absence'; readonly reader: number }
  | { readonly is: 'claims'; readonly reader: number; readonly rights: number }

export type History = {
  readonly readers: readonly { readonly query: Query; readonly rights: number }[]
  readonly steps: readonly Step[]
}

const READERS = 3
const reader = fc.nat({ max: READERS - 1 })
const rights = fc.nat({ max: RIGHTS.length - 1 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant('edit' as const),
      actions: fc.array(action, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('absence' as const), reader }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('claims' as const), reader, rights }) },
)

export const histories: fc.Arbitrary<History> = fc.record({
  readers: fc.array(fc.record({ query, rights }), { minLength: READERS, maxLength: READERS }),
  steps: fc.array(step, { minLength: 6, maxLength: 24 }),
})
