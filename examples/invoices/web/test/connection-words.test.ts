import { expect, it } from 'vitest'
import {
  draftsQuestion,
  noteOf,
  pendingWords,
  persistenceWords,
  unsentEdits,
  unsentNote,
  unsentQuestion,
} from '../src/header/connection-words.ts'

const NOTHING = { kept: 0, edits: 0, drafts: 0 }
const delayed = (cause: 'postgres-away' | 'parked', waiting: number) =>
  noteOf({ state: 'live', pending: 0, delayed: { cause, since: 0, waiting } }, NOTHING)?.text

it('WEB-23 a page that is live and not delayed has nothing to add', () => {
  expect(noteOf({ state: 'live', pending: 3 }, { kept: 0, edits: 3, drafts: 1 })).toBeUndefined()
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
    { kept: 0, edits: 1, drafts: 0 },
    'You are signed out. One unsent change is kept in this window; sign in to go on where you are.',
  ],
  [
    { kept: 0, edits: 2, drafts: 1 },
    'You are signed out. 2 unsent changes and one draft are kept in this window; sign in to go on where you are.',
  ],
  [
    { kept: 3, edits: 0, drafts: 0 },
    'You are signed out. 3 changes not stored yet are kept on this device; sign in to go on where you are.',
  ],
  [
    { kept: 1, edits: 0, drafts: 1 },
    'You are signed out. One change not stored yet is kept on this device, and one draft in this window; sign in to go on where you are.',
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

it('WEB-22 a sign-in that nothing answers says no more than that there is no connection', () => {
  const cause = {
    code: 'token-failed',
    message: 'The sign-in failed: There is no connection.',
    retryable: true,
  } as const
  expect(noteOf({ state: 'offline', pending: 0, cause }, NOTHING)).toBeUndefined()
})

it('WEB-24 signing out asks about what would be lost, with how much it is', () => {
  expect(draftsQuestion(1)).toBe('One draft is nowhere but in this window. Sign out and lose that?')
  expect(draftsQuestion(2)).toBe('2 drafts are nowhere but in this window. Sign out and lose that?')
  expect(unsentQuestion(1)).toBe('One change has not been sent yet.')
  expect(unsentQuestion(1_200)).toBe('1,200 changes have not been sent yet.')
  expect(unsentNote(1, { isWaiting: false, isLive: true })).toBe('What is to become of it?')
  expect(unsentNote(2, { isWaiting: true, isLive: true })).toBe(
    'They are being sent. You are signed out once they have arrived.',
  )
  expect(unsentNote(1, { isWaiting: true, isLive: false })).toBe(
    'It is sent as soon as there is a connection. You are signed out once it has arrived.',
  )
})

const offline = { state: 'offline', pending: 2 } as const

it('WEB-43 edits that wait without a connection are said to be on this device where they are', () => {
  expect(pendingWords({ ...offline, persistence: 'kept' })).toBe('2 kept on this device')
  expect(pendingWords({ ...offline, persistence: 'kept', unsent: 1 })).toBe('2 not stored yet')
  expect(pendingWords({ ...offline, persistence: 'elsewhere' })).toBe('2 not stored yet')
  expect(pendingWords({ state: 'live', pending: 2, persistence: 'kept' })).toBe('2 not stored yet')
  expect(pendingWords({ state: 'live', pending: 0 })).toBe('')
  expect(unsentEdits({ ...offline, persistence: 'kept', unsent: 1 })).toEqual({ kept: 1, edits: 1 })
  expect(unsentEdits({ ...offline, persistence: 'unavailable', unsent: 2 })).toEqual({ kept: 0, edits: 2 })
})

it('WEB-43 where the device keeps less than all, a sentence says what that means; else there is none', () => {
  const said = (persistence: Parameters<typeof persistenceWords>[0]['persistence']) =>
    persistenceWords({ state: 'live', pending: 0, ...(persistence && { persistence }) })
  expect([said(undefined), said('opening'), said('kept')]).toEqual([undefined, undefined, undefined])
  expect(said('edits-only')).toBe(
    'This device is full. What you change is kept on it, but without a connection the page opens empty.',
  )
  expect(said('elsewhere')).toBe(
    'Another window of this browser keeps your work on this device. What you change here is lost if this window closes before it is sent.',
  )
  expect(said('unavailable')).toBe(
    'Nothing is kept on this device. What you change is lost if this window closes before it is sent.',
  )
  expect(said('lost')).toBe(
    'The browser had deleted what was kept on this device. It is kept anew; look whether your last changes are there.',
  )
})

it('WEB-43 it says that the server takes no changes for now, how many wait, and why', () => {
  const cause = { code: 'outbox-full', message: 'Too much waits for the database.', retryable: true } as const
  const stalled = { since: 0, cause }
  expect(noteOf({ state: 'live', pending: 1, stalled }, NOTHING)?.text).toBe(
    'The server takes no changes for now; 1 change waits and will be sent. Too much waits for the database.',
  )
  expect(noteOf({ state: 'live', pending: 1_500, stalled }, NOTHING)?.text).toContain(
    '1,500 changes wait and',
  )
})
