import type { CLOSE } from '../../src/protocol/errors.ts'
import { EDIT, POSTGRES, WAIT } from './edit-errors.ts'
import { DEVICE, FRAME, PERSON, QUERY } from './session-errors.ts'
import type { Words } from './words.ts'

/** The headings of docs/errors.md, each with its codes. */
export const SECTIONS: readonly (readonly [title: string, codes: Words])[] = [
  ['What a client sent is no frame', FRAME],
  ['Who is speaking', PERSON],
  ['What a subscription asks for', QUERY],
  ['Why an edit has no effect', EDIT],
  ['Why an edit has to wait', WAIT],
  ['Why Postgres undid an accepted edit', POSTGRES],
  ['What a device says of itself', DEVICE],
]

/** Why a socket is closed, in words, with what the client does. */
export const CLOSE_WORDS: Readonly<Record<keyof typeof CLOSE, string>> = {
  left: 'The peer has left by itself.',
  protocol: 'What came is no frame of the protocol.',
  auth: 'The token has ended or is not believed. The client asks for another.',
  forbidden: 'The person may not come in. The client stays away.',
  tooSlow: 'What was sent was not read. The client comes back and resumes.',
  replaced: 'A newer connection of the same client took over. This one stays away.',
  reset: 'The object starts again. The client comes back.',
  tooLarge: 'A frame was too large.',
  tooOld: 'The page is of a version that is no longer spoken. It has to be loaded again.',
  rate: 'Too much at once. The client comes back when it is told to.',
  busy: 'The server cannot take the connection now. The client comes back.',
}
