import { expect, it } from 'vitest'
import type { Edit } from '../../../src/protocol/edit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import { NOTHING_KEPT } from '../../src/queue/durable.ts'
import { People } from '../../src/queue/people.ts'

const OPS: Edit['ops'] = [{ op: 'delete', collection: 'notes', id: 'a' }]

/** A page with edits that say from which on it has not seen those of its own client id. */
function peopleOf(...from: number[]): People {
  const people = new People('before', {
    newId: () => 'after',
    durable: () => NOTHING_KEPT,
    changed: () => {},
  })
  for (const n of from)
    people.current.queue.add({
      n: people.current.queue.nextN,
      context: { epoch: 'e1', seq: 10, seen: { before: n, other: 7 } },
      ops: OPS,
    })
  people.current.unseen = { first: 2, last: 5 }
  return people
}

const seenIn = (people: People) => [...people.current.queue.entries].map(({ edit }) => edit.context.seen)

it.each([
  ['draws another client id', (people: People) => people.drawAnew()],
  ['parts from its tabs', (people: People) => people.part(wireError('not-saved', ''))],
])('TAB-16 a page that %s has seen of the one before what it had, and all of its own', (_, change) => {
  const people = peopleOf(3, 1)
  change(people)
  expect(people.current.clientId).toBe('after')
  expect(seenIn(people)).toEqual([{ before: 2, other: 7 }, { other: 7 }])
  expect(people.current.unseen).toBeUndefined()
})
