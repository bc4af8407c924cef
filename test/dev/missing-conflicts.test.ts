import { expect, it } from 'vitest'
import { missingConflicts } from '../acceptance/tabs/missing-conflicts.ts'

const made = (n: number, label: string, saw: string, card = 'c1') => ({ n, card, label, saw })

it('TAB-6 a value that was overwritten unseen, and that no conflict keeps, is counted as missing', () => {
  const edits = [made(3, 'c', 'a'), made(1, 'a', ''), made(2, 'b', 'a')]
  expect(missingConflicts(edits, ['{"value":"b"}'])).toEqual({ unseen: 1, conflictsMissing: 0 })
  expect(missingConflicts(edits, ['{"value":"bb"}'])).toEqual({ unseen: 1, conflictsMissing: 1 })
})

it('TAB-6 what was seen, what is of another card, and what follows an edit that nobody told of, is not judged', () => {
  const edits = [made(1, 'a', ''), made(2, 'b', 'a'), made(3, 'c', '', 'c2'), made(5, 'd', 'b', 'c2')]
  expect(missingConflicts(edits, [])).toEqual({ unseen: 0, conflictsMissing: 0 })
})
