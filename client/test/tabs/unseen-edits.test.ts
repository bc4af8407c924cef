import { describe, expect, it } from 'vitest'
import type { Edit, Op } from '../../../src/protocol/edit.ts'
import { withUnseen } from '../../src/disk/unseen-edits.ts'

const edit = (n: number, ...ops: Op[]): Edit => ({ n, context: { epoch: 'e1', seq: 5 }, ops })
const set = (field: string, id = 'a'): Op => ({
  op: 'update',
  collection: 'notes',
  id,
  fields: { [field]: { set: 'x' } },
})
const gone = (id = 'a'): Op => ({ op: 'delete', collection: 'notes', id })

/** From which of the client's own edits on an edit says that it had not seen them. */
const unseen = (own: Edit, edits: readonly Edit[], before: readonly Edit[] = [], first = edits[0]?.n ?? 1) =>
  withUnseen(own, 'client-a1', { edits, first, last: first + edits.length - 1 }, before).context.seen?.[
    'client-a1'
  ]

describe('an edit beside those that another tab has stored', () => {
  it('TAB-6 says the first that it meets, and none where it meets none', () => {
    expect(
      unseen(edit(9, set('title')), [edit(5, set('state')), edit(6, set('title')), edit(7, set('title'))]),
    ).toBe(6)
    expect(unseen(edit(9, set('title')), [edit(5, set('state')), edit(6, set('title', 'b'))])).toBeUndefined()
    expect(unseen(edit(9, set('title')), [])).toBeUndefined()
  })

  it('TAB-6 meets what is about the whole record by any field', () => {
    expect(unseen(edit(9, set('title')), [edit(5, gone())])).toBe(5)
    expect(unseen(edit(9, gone()), [edit(5, set('title'))])).toBe(5)
    expect(unseen(edit(9, gone('b')), [edit(5, set('title'))])).toBeUndefined()
  })

  it('TAB-6 leaves to an earlier edit of the same tab what that one says', () => {
    const before = edit(8, set('title'))
    expect(unseen(edit(9, set('title')), [edit(5, set('title'))], [before])).toBeUndefined()
    expect(unseen(edit(9, set('state')), [edit(5, set('state'))], [before])).toBe(5)
  })

  it('TAB-6 says all of them where some have ended and are gone from the store', () => {
    const missed = { edits: [edit(6, set('state'))], first: 5, last: 6 }
    expect(withUnseen(edit(9, set('title')), 'client-a1', missed).context.seen).toEqual({ 'client-a1': 5 })
  })

  it('TAB-6 says the first of several times, beside what it says of others', () => {
    const said = {
      ...edit(9, set('title')),
      context: { epoch: 'e1', seq: 5, seen: { other: 3, 'client-a1': 4 } },
    }
    expect(
      withUnseen(said, 'client-a1', { edits: [edit(7, set('title'))], first: 7, last: 7 }).context.seen,
    ).toEqual({
      other: 3,
      'client-a1': 4,
    })
  })
})
