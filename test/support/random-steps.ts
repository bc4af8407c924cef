import * as fc from 'fast-check'
import type { Op } from '../../src/protocol/edit.ts'
import type { Row } from '../../src/protocol/value.ts'
import { BothSides, type Ending, PROPOSER } from './both-sides.ts'
import type { MemoryPostgres } from './memory-postgres.ts'
import { Author, addTo, insert, remove, set } from './memory-tenant.ts'
import { CARD_IDS } from './random-log.ts'

type Id = (typeof CARD_IDS)[number]
type RecordRef = readonly ['cards' | 'keepers', Id]

const KINDS = [
  'insert',
  'insert',
  'title',
  'note',
  'vote',
  'state',
  'best',
  'first',
  'label',
  'advice',
  'story',
  'remove',
] as const
type Kind = (typeof KINDS)[number]

/** In Postgres sets are written as a whole. Who does so here means the difference to what was in sight. */
type Written = Kind | 'labels'

/** One operation: what is done to which record, and a number to make the value of. */
type Deed = { kind: Written | 'award'; place: RecordRef; n: number }

/**
 * Something that happens: an edit by one of two people, one that is Postgres first, a change in Postgres, or a call.
 */
export type Step =
  | { is: 'edit'; author: number; deeds: Deed[] }
  | { is: 'proposal'; deeds: Deed[] }
  | { is: 'external'; kind: Written; place: RecordRef; n: number }
  | { is: 'poison'; place: RecordRef; n: number }
  | { is: 'send'; size: number; ending: Ending; refuse: number | undefined }
  | { is: 'look'; author: number }
  | { is: 'read' }

const author = fc.nat(1)
const place: fc.Arbitrary<RecordRef> = fc.tuple(
  fc.constantFrom('cards', 'keepers'),
  fc.constantFrom(...CARD_IDS),
)
const n = fc.integer({ min: 1, max: 9 })
const deed: fc.Arbitrary<Deed> = fc.record({ kind: fc.constantFrom(...KINDS, 'award' as const), place, n })

/** Moves of one record, each lawful after the one before, and all of them together not: open, won, archived. */
const moves: fc.Arbitrary<Deed[]> = place.map((where) =>
  [1, 3].map((number) => ({ kind: 'state', place: where, n: number })),
)

const edit: fc.Arbitrary<Step> = fc.record({
  is: fc.constant('edit' as const),
  author,
  deeds: fc.oneof(
    { weight: 3, arbitrary: fc.array(deed, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(deed, { minLength: 2, maxLength: 3 }) },
    { weight: 1, arbitrary: moves },
  ),
})
const proposal: fc.Arbitrary<Step> = fc.record({
  is: fc.constant('proposal' as const),
  deeds: fc.array(deed, { minLength: 1, maxLength: 3 }),
})
const look: fc.Arbitrary<Step> = fc.record({ is: fc.constant('look' as const), author })
const send: fc.Arbitrary<Step> = fc.record({
  is: fc.constant('send' as const),
  size: fc.integer({ min: 1, max: 6 }),
  ending: fc.constantFrom<Ending[]>('answered', 'answered', 'lost answer', 'lost'),
  refuse: fc.option(fc.nat(5), { nil: undefined }),
})
const externalChange: fc.Arbitrary<Step> = fc.record({
  is: fc.constant('external' as const),
  kind: fc.constantFrom(...KINDS, 'labels' as const),
  place,
  n,
})

/** Edits, calls with all their endings, and refusals of anything. */
export const ownSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: edit }, { weight: 1, arbitrary: look }, { weight: 1, arbitrary: send }),
  { maxLength: 60, size: 'max' },
)

/** The same, what others change in Postgres, and edits that are Postgres first. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: edit },
    { weight: 4, arbitrary: externalChange },
    { weight: 2, arbitrary: proposal },
    { weight: 1, arbitrary: look },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('read' as const) }) },
    { weight: 2, arbitrary: send },
  ),
  { maxLength: 60, size: 'max' },
)

/** The same, and values that no record can hold, which others put into Postgres and mend there. */
export const poisonedSteps: fc.Arbitrary<Step[]> = fc
  .tuple(
    steps,
    fc.array(fc.record({ is: fc.constant('poison' as const), place, n }), { maxLength: 12 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([list, poisons, places]) => {
    const all = [...list]
    for (const step of poisons) {
      const at = places.next()
      all.splice(at.done ? 0 : at.value % (all.length + 1), 0, step)
    }
    return all
  })

const STATES = ['open', 'won', 'lost', 'archived']

const dayOf = (number: number) => `2026-01-0${number}`

export function opOf({ kind, place: [collection, id], n: number }: Deed): Op {
  if (kind === 'insert')
    return insert(collection, id, {
      title: `t${number}`,
      owner: `mia ${number}`,
      votes: number,
      ...hintOf(number),
    })
  if (kind === 'vote') return addTo(collection, id, 'votes', number)
  if (kind === 'award') return insert('awards', `c${number}`, { card: id, points: number * 10 })
  if (kind === 'remove') return remove(collection, id)
  if (kind === 'best') return set(collection, id, { best: number })
  if (kind === 'first') return set(collection, id, { first: dayOf(number) })
  if (kind === 'label') {
    const items = number % 2 ? { add: [`l${number % 4}`] } : { remove: [`l${(number + 1) % 4}`] }
    return { op: 'update', collection, id, fields: { labels: { items } } }
  }
  if (kind === 'labels') return set(collection, id, { labels: labelsOf(number) })
  if (kind === 'story') return set(collection, id, { story: storyOf(number) })
  if (kind === 'state') return set(collection, id, { state: STATES[number % 4] ?? null })
  return set(collection, id, { [kind]: `client ${number}` })
}

/** A hint that is not mentioned, or said to be null, what it is where it is not mentioned, or another. */
function hintOf(number: number): Row {
  const hint = [null, 'none', 'h'][(number % 4) - 1]
  return hint === undefined ? {} : { hint }
}

const labelsOf = (number: number) => [`l${number % 4}`, `l${number % 3}`]

const storyOf = (number: number) => `w${number % 5} w${number % 3}`

/** Somebody else changes a row in Postgres. */
export function external(
  postgres: MemoryPostgres,
  kind: Written,
  [collection, id]: RecordRef,
  number: number,
): void {
  const row = {
    id,
    title: `s${number}`,
    note: null,
    votes: number,
    owner: `sql ${number}`,
    state: 'open',
    best: number,
    first: dayOf(number),
    record: number,
    labels: labelsOf(number),
    advice: null,
    story: null,
    hint: 'none',
    ...hintOf(number),
  }
  if (kind === 'insert') postgres.insert(collection, { ...row, points: number })
  else if (kind === 'remove') postgres.delete(collection, id)
  else if (kind === 'vote')
    postgres.update(collection, id, ({ votes }) => ({ votes: Number(votes) + number }))
  else if (kind === 'best') postgres.update(collection, id, () => ({ best: number }))
  else if (kind === 'first')
    postgres.update(collection, id, () => ({ first: number > 8 ? null : dayOf(number) }))
  else if (kind === 'label' || kind === 'labels')
    postgres.update(collection, id, () => ({ labels: labelsOf(number) }))
  else if (kind === 'story') postgres.update(collection, id, () => ({ story: storyOf(number) }))
  else if (kind === 'state') postgres.update(collection, id, () => ({ state: STATES[number % 4] ?? null }))
  else
    postgres.update(collection, id, () => ({
      [kind]: `sql ${number}`,
      ...(number > 6 && { owner: `sql ${number}` }),
    }))
}

/** Lets all of it happen, and then everything arrive. */
export function run(list: readonly Step[]): BothSides {
  const both = new BothSides()
  const authors = [new Author(both.tenant, 'client-a1'), new Author(both.tenant, 'client-b2')]
  const proposer = new Author(both.tenant, PROPOSER)
  for (const step of list) {
    switch (step.is) {
      case 'edit':
        authors[step.author]?.send(...step.deeds.map(opOf))
        break
      case 'proposal':
        // Its author's next edits would wait.
        if (both.tenant.waiting === 0) proposer.propose(...step.deeds.map(opOf))
        break
      case 'look':
        authors[step.author]?.look()
        proposer.look()
        break
      case 'external':
        external(both.postgres, step.kind, step.place, step.n)
        break
      case 'poison': {
        const [collection, id] = step.place
        both.postgres.update(collection, id, () => ({
          state: step.n > 6 ? 'open' : 'odd',
          title: `odd ${step.n}`,
        }))
        break
      }
      case 'send':
        both.send(step.size, step.ending, step.refuse)
        break
      case 'read':
        both.read()
    }
  }
  both.drain()
  return both
}
