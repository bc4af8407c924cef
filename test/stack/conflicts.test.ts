import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectCommitted } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import type { Stack } from '../support/stack.ts'
import { bookCard, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('each', async (two) => {
  ;({ stack, ada, ben } = two)
  for (const person of [ada, ben]) person.db.conflicts.open().subscribe(() => {})
  await bookCard(two)
})

const nameOf = (person: Person) => (person === ada ? 'ada' : 'ben')

const openOf = ({ db }: Person) => db.conflicts.open().getSnapshot().items

/** Both write the notes of the card, without sight of each other. Returns who has won. */
async function clash(): Promise<{ winner: Person; loser: Person }> {
  const write = (person: Person) =>
    person.db.cards.update('c1', (card) => {
      card.notes = `by ${nameOf(person)}`
    })
  await expectCommitted([write(ada), write(ben)])
  await until('both are told', () => [ada, ben].every((person) => openOf(person).length === 1))
  return ada.db.cards.get('c1')?.notes === 'by ada'
    ? { winner: ada, loser: ben }
    : { winner: ben, loser: ada }
}

it('CNF-1 both people are told of a value that lost unseen, live, with base, both values and both names', async () => {
  const { winner, loser } = await clash()
  const [won, lost] = [`by ${nameOf(winner)}`, `by ${nameOf(loser)}`]
  expect(openOf(loser)).toMatchObject([
    {
      ...{ collection: 'cards', record: 'c1', field: 'notes', policy: 'lww', asked: false, state: 'open' },
      ...{ base: '', current: won, winner: { value: won, by: nameOf(winner) } },
      ...{ yours: { value: lost, by: nameOf(loser) }, theirs: { value: won, by: nameOf(winner) } },
      losers: [{ value: lost, by: nameOf(loser) }],
    },
  ])
  expect(openOf(winner)).toMatchObject([
    { yours: { value: won, by: nameOf(winner) }, theirs: { value: lost, by: nameOf(loser) } },
  ])
  const kept = await stack.sql(
    'SELECT record, field, state, winner_by, loser_by, base, loser FROM tidemark.conflict',
  )
  expect(kept).toMatchObject([
    {
      ...{ record: 'c1', field: 'notes', state: 'open', winner_by: nameOf(winner), loser_by: nameOf(loser) },
      ...{ base: { value: '' }, loser: { value: lost } },
    },
  ])
})

it('CNF-2 who was away is told when they come again, and who has no part in it is not', async () => {
  const { loser } = await clash()
  loser.close()
  const [again, other] = [await open(stack, nameOf(loser)), await open(stack, 'cleo')]
  for (const person of [again, other]) person.db.conflicts.open().subscribe(() => {})
  await until('who was away is told', () => openOf(again).length === 1)
  await until('all is answered', () => other.db.conflicts.open().getSnapshot().status === 'ready')
  expect(openOf(other)).toEqual([])
  again.close()
  other.close()
})

it('CNF-3 resolved with the own value it is written and closed for both, as one edit', async () => {
  const { winner, loser } = await clash()
  const [item] = openOf(loser)
  if (!item) throw new Error('the loser was told')
  await expectCommitted([item.resolve('yours')])
  await winner.sees('c1', (card) => card.notes === `by ${nameOf(loser)}`)
  await until('nothing is open', () => [ada, ben].every((person) => openOf(person).length === 0))
  const kept = await stack.sql('SELECT state, resolution, resolved_by FROM tidemark.conflict')
  expect(kept).toEqual([{ state: 'resolved', resolution: 'restored', resolved_by: nameOf(loser) }])
})

it('CNF-4 a losing value is restored by one ordinary edit, also after the conflict was superseded', async () => {
  const { winner, loser } = await clash()
  const [lost] = openOf(loser).flatMap((item) => [...item.losers])
  if (!lost) throw new Error('the loser was told')
  await expectCommitted([
    winner.db.cards.update('c1', (card) => {
      card.notes = 'in sight of both'
    }),
  ])
  await until('nothing is open', () => [ada, ben].every((person) => openOf(person).length === 0))
  expect(await stack.sql('SELECT state FROM tidemark.conflict')).toEqual([{ state: 'superseded' }])
  await loser.sees('c1', (card) => card.notes === 'in sight of both')
  await expectCommitted([lost.restore()])
  await winner.sees('c1', (card) => card.notes === `by ${nameOf(loser)}`)
  expect(await stack.sql('SELECT count(*)::int AS count FROM tidemark.conflict')).toEqual([{ count: 1 }])
})

it('CNF-5 plain SQL closes one for all, as any external change', async () => {
  await clash()
  await stack.sql("UPDATE tidemark.conflict SET state = 'resolved'")
  await stack.nudge('acme')
  await until('nothing is open', () => [ada, ben].every((person) => openOf(person).length === 0))
})

it('CNF-6 a value for a record that was deleted is refused with the way out', async () => {
  ben.db.cards.delete('c1')
  await expectCommitted([
    ada.db.cards.update('c1', (card) => {
      card.notes = 'lost'
    }),
  ])
  await until('both are told', () => [ada, ben].every((person) => openOf(person).length === 1))
  const [item] = openOf(ada)
  if (!item) throw new Error('ada was told')
  expect(item).toMatchObject({
    kind: 'delete-won',
    yours: { value: 'lost', by: 'ada' },
    losers: [{ field: 'notes' }],
  })
  expect(await item.resolve('yours').accepted).toMatchObject({
    ok: false,
    error: { code: 'not-found', message: expect.stringContaining('Bring it back first') },
  })
  await expectCommitted([item.dismiss()])
  await until('nothing is open', () => [ada, ben].every((person) => openOf(person).length === 0))
})

it('CNF-49 of two who resolve at once over real sockets the later edit stands everywhere, and the other is told to both', async () => {
  await clash()
  const resolve = (person: Person) => {
    const [item] = openOf(person)
    if (item?.collection !== 'cards' || item.field !== 'notes')
      throw new Error('there is a conflict of notes')
    return item.resolve({ value: `resolved by ${nameOf(person)}` })
  }
  await expectCommitted([resolve(ada), resolve(ben)])
  await until('what was written over is told', () =>
    [ada, ben].every((person) =>
      openOf(person)[0]?.losers.some(({ value }) => value?.toString().startsWith('resolved')),
    ),
  )
  const [{ notes } = {}] = await stack.sql('SELECT notes FROM cards')
  for (const person of [ada, ben]) {
    const [item] = openOf(person)
    expect(item).toMatchObject({ current: notes, winner: { value: notes } })
    expect(new Set([notes, item?.losers[0]?.value])).toEqual(new Set(['resolved by ada', 'resolved by ben']))
  }
})
