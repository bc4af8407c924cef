import { expect, it } from 'vitest'
import { noteOf, signOutQuestion } from '../src/header/connection-words.ts'

const NOTHING = { edits: 0, drafts: 0 }
const delayed = (cause: 'postgres-away' | 'parked', waiting: number) =>
  noteOf({ state: 'live', pending: 0, delayed: { cause, since: 0, waiting } }, NOTHING)?.text

it('WEB-23 a page that is live and not delayed has nothing to add', () => {
  expect(noteOf({ state: 'live', pending: 3 }, { edits: 3, drafts: 1 })).toBeUndefined()
})

it('WEB-23 says how many edits wait, and whether somebody has to mend something', () => {
  expect(delayed('postgres-away', 1)).toBe('Saved at the edge; the database is delayed, 1 edit waits')
  expect(delayed('postgres-away', 1_234)).toBe('Saved at the edge; the database is delayed, 1,234 edits wait')
  expect(delayed('postgres-away', 0)).toBe('The database does not answer; this is being tried again')
  expect(delayed('parked', 2)).toBe('Saved at the edge; the database has to be mended, 2 edits wait')
})

it.each([
  [NOTHING, 'You are signed out. Sign in to go on where you are.'],
  [
    { edits: 1, drafts: 0 },
    'You are signed out. One unsent change is kept in this window; sign in to go on where you are.',
  ],
  [
    { edits: 2, drafts: 1 },
    'You are signed out. 2 unsent changes and one draft are kept in this window; sign in to go on where you are.',
  ],
])('WEB-22 who is signed out is told what is kept: %j', (unsent, text) => {
  expect(noteOf({ state: 'needs-auth', pending: 0 }, unsent)?.text).toBe(text)
})

it('WEB-22 who may not come in at all is told to sign in as somebody else', () => {
  const cause = { code: 'forbidden', message: 'This person may not.', retryable: false } as const
  expect(noteOf({ state: 'needs-auth', pending: 0, cause }, NOTHING)?.text).toBe(
    'This person may not. Sign out to go on as somebody else.',
  )
})

it('WEB-22 a sign-in that failed and is asked again is told in its own words, and not as signed out', () => {
  const cause = { code: 'token-failed', message: 'The sign-in failed: 500.', retryable: true } as const
  expect(noteOf({ state: 'offline', pending: 0, cause }, NOTHING)?.text).toBe('The sign-in failed: 500.')
})

it('WEB-24 signing out asks only where something would be lost', () => {
  expect(signOutQuestion(NOTHING)).toBeUndefined()
  expect(signOutQuestion({ edits: 0, drafts: 2 })).toBe(
    '2 drafts are nowhere but in this window. Sign out and lose that?',
  )
})
