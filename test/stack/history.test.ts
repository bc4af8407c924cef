import { expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import type { Person } from '../support/person.ts'
import type { Stack } from '../support/stack.ts'
import { bookCard, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('each', (two) => {
  ;({ stack, ada, ben } = two)
  return bookCard(two)
})

/** Ben's view of the card's past, live, and what it said each time. */
function watch({ db }: Person) {
  const history = db.cards.history('c1')
  const stop = history.subscribe(() => undefined)
  return {
    stop,
    said: (what: string, holds: (kinds: readonly string[]) => boolean) =>
      until(what, () => {
        const { items, status } = history.getSnapshot()
        return status === 'ready' && holds(items.map(({ kind }) => kind)) ? items : undefined
      }),
  }
}

const done = { ok: true, seq: expect.any(Number) }

it('HIS-20 a history is live: whoever listens is told of each change, by whom and from what to what', async () => {
  const { said, stop } = watch(ben)
  await said('the card is booked', ({ length }) => length === 1)
  const edit = ada.db.cards.update('c1', (card) => {
    card.notes = 'called'
    card.reactions += 2
  })
  const [first] = await said('ada has called', ({ length }) => length === 2)
  expect(first).toMatchObject({
    kind: 'update',
    author: 'ada',
    external: false,
    n: edit.n,
    fields: { notes: { from: '', to: 'called' }, reactions: { from: 0, to: 2, delta: 2 } },
    changedSinceBy: [],
  })
  await stack.sql("UPDATE cards SET notes = 'by hand' WHERE id = 'c1'")
  const [outside, earlier] = await said('somebody was at Postgres', ({ length }) => length === 3)
  expect(outside).toMatchObject({ external: true, fields: { notes: { from: 'called', to: 'by hand' } } })
  expect(earlier?.changedSinceBy).toEqual([outside?.author])
  stop()
})

it('HIS-21 an undo is an ordinary edit with the earlier values: counters by the difference, all records at once', async () => {
  const { said } = watch(ben)
  const both = ada.db.transaction((tx) => {
    tx.assignees.update('a1', (assignee) => {
      assignee.city = 'Leeds'
    })
    tx.cards.update('c1', (card) => {
      card.notes = 'mistake'
      card.reactions += 3
    })
  })
  expect(await both.committed).toEqual(done)
  await ada.db.cards.update('c1', (card) => {
    card.reactions += 10
  }).committed
  const items = await said('both', (kinds) => kinds.length === 3)
  const undone = items[1]?.undo()
  expect(await undone?.committed).toEqual(done)
  expect(await ada.sees('c1', ({ notes }) => notes === '')).toMatchObject({ reactions: 10 })
  expect(ada.db.assignees.get('a1')?.city).toBe('')
  const [newest] = await said('the undo', (kinds) => kinds.length === 4)
  expect(newest).toMatchObject({ author: 'ben', n: undone?.n, fields: { reactions: { delta: -3 } } })
  // Taken back once more, it is as it was.
  expect(await newest?.undo().committed).toEqual(done)
  expect(await ada.sees('c1', ({ notes }) => notes === 'mistake')).toMatchObject({ reactions: 13 })
})

it('HIS-22 a deleted record is restored, and an undone deletion is that; an undone insert deletes', async () => {
  const { said } = watch(ben)
  await ada.db.cards.update('c1', (card) => {
    card.notes = 'keep me'
  }).committed
  expect(await ben.db.cards.delete('c1').committed).toEqual(done)
  const [deletion] = await said('it is deleted', ([newest]) => newest === 'delete')
  expect(ben.db.cards.history('c1').getSnapshot().deleted).toBe(true)
  expect(await ada.db.cards.restore('c1').committed).toEqual(done)
  expect(await ben.sees('c1', () => true)).toMatchObject({ notes: 'keep me', number: 'N-1' })
  expect(await ada.db.cards.restore('c1').accepted).toMatchObject({ ok: false, error: { code: 'exists' } })
  await ben.db.cards.delete('c1').committed
  expect(await deletion?.undo().committed).toEqual(done)
  await ada.sees('c1', ({ notes }) => notes === 'keep me')
  const items = await said('all of it', ({ length }) => length === 6)
  expect(items.map(({ kind }) => kind)).toEqual([
    'restore',
    'delete',
    'restore',
    'delete',
    'update',
    'insert',
  ])
  expect(await ada.db.cards.restore('never').accepted).toMatchObject({ error: { code: 'not-found' } })
})

it('HIS-23 what cannot be taken back says why, and changes nothing', async () => {
  expect(
    await ada.db.cards.update('c1', (card) => {
      card.status = 'open'
    }).committed,
  ).toEqual(done)
  await ada.db.prizes.insert({ id: 'p1', cardId: 'c1', awardedPoints: 5, kind: 'badge', wonOn: '2026-01-31' })
    .committed
  const { said } = watch(ada)
  const [effect, status] = await said('all', ({ length }) => length === 3)
  // It is of an insert into what is only added to, and of what followed from it.
  expect(await effect?.undo().accepted).toMatchObject({ ok: false, error: { code: 'effect-only' } })
  expect(await status?.undo().accepted).toMatchObject({ ok: false, error: { code: 'illegal-transition' } })
  await ada.db.cards.update('c1', (card) => {
    card.bestScore = 7
  }).committed
  const [score] = await said('the score', ({ length }) => length === 4)
  expect(await score?.undo().accepted).toMatchObject({ ok: false, error: { code: 'bad-operation' } })
  expect(await ada.sees('c1', () => true)).toMatchObject({ status: 'in_progress', bestScore: 7 })
})

it('HIS-24 a record as of a place is what it was there, of a deleted one too', async () => {
  const seqs: number[] = []
  for (const notes of ['one', 'two', 'three']) {
    const edit = ada.db.cards.update('c1', (card) => {
      card.notes = notes
      card.reactions += 1
    })
    const outcome = await edit.committed
    if (outcome.ok) seqs.push(outcome.seq)
  }
  await ada.db.cards.delete('c1').committed
  const [first = 0, second = 0] = seqs
  const asOf = (place: number) => ben.db.cards.asOf('c1', place)
  expect(await asOf(first)).toMatchObject({ ok: true, row: { notes: 'one', reactions: 1, number: 'N-1' } })
  expect(await asOf(second)).toMatchObject({ ok: true, row: { notes: 'two', reactions: 2 } })
  expect(await asOf(first - 1)).toMatchObject({ ok: true, row: { notes: '', reactions: 0 } })
  expect(await asOf(0)).toEqual({ ok: true, row: null })
  expect(await asOf(first + 1_000)).toEqual({ ok: true, row: null })
  expect(await ben.db.cards.asOf('never', 1)).toMatchObject({ ok: false, error: { code: 'not-found' } })
  expect(await ben.db.cards.asOf('c1', { epoch: 'other', seq: 1 })).toMatchObject({
    error: { code: 'not-found' },
  })
})
