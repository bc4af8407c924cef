import type { ErrorCode } from '../../src/protocol/errors.ts'

/** What a code means, and what whoever meets it can do. */
type ErrorWords = { readonly means: string; readonly wayOut: string }

/** Some of the codes, in words. */
export type Words = Readonly<Partial<Record<ErrorCode, ErrorWords>>>

/** What is to be done about a frame that our own client does not send. */
export const OWN_CLIENT = 'A client of your own has to send another frame; ours does not send such.'
