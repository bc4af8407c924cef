/** What may stand in the place of any part of a value that came over a wire. */
export const JUNK: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 2 ** 53, 1e300, '', 'x', 'a b', 'lww', 'accepted', '\ud800'],
  ...[[], {}, [[]], [0], ['x'], [null], ['x', 1], [0, 'x', 'y'], { kind: 'lww' }, { kind: 'states' }],
  ...[{ is: 'rejected' }, { code: 'busy' }, { seq: 1 }, { collection: 'cards', id: 'c1' }],
]

/** A value with each of its parts, in turn, left out, replaced, doubled, or with more in it. */
export function* damaged(whole: unknown, junk: readonly unknown[]): Generator<unknown> {
  yield* junk
  if (Array.isArray(whole)) {
    yield [...whole, 'more']
    for (const [place, part] of whole.entries()) {
      yield whole.toSpliced(place, 1)
      yield whole.toSpliced(place, 0, part)
      for (const other of damaged(part, junk)) yield whole.with(place, other)
    }
  } else if (typeof whole === 'object' && whole !== null) {
    yield { ...whole, more: 1 }
    for (const [key, part] of Object.entries(whole)) {
      // Of error codes nothing is judged but their form.
      if (key === 'code') continue
      yield Object.fromEntries(Object.entries(whole).filter(([other]) => other !== key))
      for (const other of damaged(part, junk)) yield { ...whole, [key]: other }
    }
  }
}
