import { expect, test } from 'vitest'
import { createMarkBoard } from '../src/data/mark-board.ts'
import type { MarkEvent } from '../src/data/marks.ts'
import { trackEdit } from '../src/data/track-edit.ts'
import { createNotices } from '../src/notices/notices.ts'

const made: MarkEvent = { type: 'made' }
const accepted: MarkEvent = { type: 'accepted' }
const committed: MarkEvent = { type: 'committed' }

const refusal = {
  ok: false,
  error: { code: 'refused-unique', message: 'The number is taken.', retryable: false },
} as const
const success = { ok: true, seq: 1 } as const

/** Follows an edit with these outcomes to its end. */
async function follow(outcomes: Pick<Parameters<typeof trackEdit>[2]['edit'], 'accepted' | 'committed'>) {
  const marks = createMarkBoard()
  const notices = createNotices()
  const seen: string[] = []
  marks.subscribe(() => seen.push(marks.get('r')))
  await trackEdit(marks, notices, { what: 'Invoice 7', recordId: 'r', edit: { n: 1, ...outcomes } })
  return { seen, unsaved: marks.unsaved(), said: notices.getSnapshot().map(({ text }) => text) }
}

test('WEB-9 an edit is saving, then saved at the edge, then stored', async () => {
  const edit = { accepted: Promise.resolve(success), committed: Promise.resolve(success) }
  expect(await follow(edit)).toEqual({ seen: ['saving', 'saved', 'stored'], unsaved: 0, said: [] })
})

test('WEB-9 of several edits of a record the least advanced shows', () => {
  const marks = createMarkBoard()
  const after = [made, made, accepted, accepted, committed, committed].map((event) => {
    marks.put('r', event)
    return marks.get('r')
  })
  expect(after).toEqual(['saving', 'saving', 'saving', 'saved', 'saved', 'stored'])
})

test('WEB-9 a record that this window has not edited has no mark', () => {
  const marks = createMarkBoard()
  marks.put('r', made)
  expect(marks.get('other')).toBe('')
  expect(marks.unsaved()).toBe(1)
})

test('WEB-10 a rejected edit is told with its reason and leaves no mark', async () => {
  const edit = { accepted: Promise.resolve(refusal), committed: Promise.resolve(refusal) }
  expect(await follow(edit)).toEqual({
    seen: ['saving', ''],
    unsaved: 0,
    said: ['Invoice 7 was not saved. The number is taken.'],
  })
})

test('WEB-10 an edit undone after it was saved is told with its reason and leaves no mark', async () => {
  const edit = { accepted: Promise.resolve(success), committed: Promise.resolve(refusal) }
  expect(await follow(edit)).toEqual({
    seen: ['saving', 'saved', ''],
    unsaved: 0,
    said: ['Invoice 7 was undone. The number is taken.'],
  })
})

test('WEB-10 a notice stays until it is dismissed', () => {
  const notices = createNotices()
  notices.say('one')
  notices.say('two')
  const [first] = notices.getSnapshot()
  if (first) notices.dismiss(first.id)
  expect(notices.getSnapshot().map(({ text }) => text)).toEqual(['two'])
})
