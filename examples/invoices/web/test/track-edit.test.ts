import type { EditHandle } from '@tidemark/client'
import { expect, test } from 'vitest'
import { trackEdit } from '../src/data/track-edit.ts'
import { createNotices } from '../src/notices/notices.ts'

const refusal = {
  ok: false,
  error: { code: 'refused-unique', message: 'The number is taken.', retryable: false },
} as const
const success = { ok: true, seq: 1 } as const

/** Follows an edit with these outcomes to its end. */
async function follow(outcomes: Pick<EditHandle, 'accepted' | 'committed'>) {
  const notices = createNotices()
  const followed: unknown[] = []
  const marks: Parameters<typeof trackEdit>[0] = {
    subscribe: () => () => {},
    get: () => '',
    follow: (edit, about, field) => {
      followed.push([about, field])
      return edit
    },
  }
  const edit: EditHandle = { n: 1, saved: Promise.resolve({ ok: true }), undo: () => edit, ...outcomes }
  await trackEdit(marks, notices, { what: 'Invoice 7', recordId: 'r', edit, field: 'name' })
  expect(followed).toEqual([['r', 'name']])
  return notices.getSnapshot().map(({ text }) => text)
}

test('WEB-10 a rejected edit is told with its reason', async () => {
  const edit = { accepted: Promise.resolve(refusal), committed: Promise.resolve(refusal) }
  expect(await follow(edit)).toEqual(['Invoice 7 was not saved. The number is taken.'])
})

test('WEB-10 an edit undone after it was saved is told with its reason, and one that was not is not', async () => {
  const undone = { accepted: Promise.resolve(success), committed: Promise.resolve(refusal) }
  expect(await follow(undone)).toEqual(['Invoice 7 was undone. The number is taken.'])
  const stored = { accepted: Promise.resolve(success), committed: Promise.resolve(success) }
  expect(await follow(stored)).toEqual([])
})

test('WEB-10 a notice stays until it is dismissed, and is shown once meanwhile', () => {
  const notices = createNotices()
  notices.say('one')
  notices.say('two')
  notices.say('one')
  expect(notices.getSnapshot().map(({ text }) => text)).toEqual(['one', 'two'])
  const [first] = notices.getSnapshot()
  if (first) notices.dismiss(first.id)
  expect(notices.getSnapshot().map(({ text }) => text)).toEqual(['two'])
  notices.say('one')
  expect(notices.getSnapshot().map(({ text }) => text)).toEqual(['two', 'one'])
})
