import { expect, it } from 'vitest'
import { merge } from '../../../src/core/merge/merge.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { inverseOf } from '../../src/edits/inverse.ts'
import { inverseOfText } from '../../src/edits/inverse-text.ts'

it('HIS-21 undoing a change of a set takes back what it added and adds what it took, and leaves other items', () => {
  const labels = { name: 'labels', type: 'text[]', nullable: false, policy: { kind: 'set' } } as const
  expect(
    inverseOf(labels, { from: ['a', 'b'], to: ['b', 'c'], now: ['b', 'c', 'd'] }, inverseOfText),
  ).toEqual({
    items: { add: ['a'], remove: ['c'] },
  })
})

const notes = { name: 'notes', type: 'text', nullable: true, policy: { kind: 'text' } } as const

/** A text after a change of it is taken back, by who sees `now`, once the server has `there`. */
function takenBack(change: { from: Value; to: Value; now: Value | undefined }, there: Value): Value {
  const incoming = inverseOf(notes, change, inverseOfText)
  if ('code' in incoming) throw new Error(incoming.message)
  const merged = merge(notes.policy, { current: there, incoming, concurrent: change.now !== there })
  return merged.outcome === 'applied' ? merged.value : 'refused'
}

it.each<[string, { from: Value; to: Value; now: Value | undefined }, Value, Value]>([
  ['nobody wrote since', { from: 'one two', to: 'one 2 two', now: 'one 2 two' }, 'one 2 two', 'one two'],
  ['others wrote since', { from: 'a b c', to: 'a B c', now: 'a B c d' }, 'a B c d', 'a b c d'],
  [
    'others write at once, between two places that were changed',
    { from: 'one two three four', to: '1 two three 4', now: '1 two three 4' },
    '1 two and three 4',
    'one two and three four',
  ],
  ['it deleted what others wrote beside', { from: 'a b', to: 'a', now: 'a c' }, 'a c', 'a c b'],
  ['the record is not held', { from: 'a b', to: 'a B', now: undefined }, 'a B c', 'a b c'],
  ['the field was empty, and nobody wrote since', { from: null, to: 'a', now: 'a' }, 'a', null],
  ['the field was empty, and others wrote since', { from: null, to: 'a', now: 'a b' }, 'a b', ' b'],
  ['it emptied the field', { from: 'a', to: null, now: null }, null, 'a'],
  ['it emptied the field, and others write at once', { from: 'a', to: null, now: null }, 'b', 'ab'],
  ['others emptied the field since', { from: 'a', to: 'a b', now: null }, null, null],
])('TXT-33 undoing a change of a text leaves what others wrote: %s', (_, change, there, expected) => {
  expect(takenBack(change, there)).toBe(expected)
})
