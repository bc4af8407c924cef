import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { makeEdit } from './edits/edits.ts'
import { memory } from './replica/memory.ts'
import { replicaRules } from './replica/rules.ts'
import { HeldTags } from './session/held-tags.ts'
import { Session } from './session/session.ts'

/** The code that a page needs once it has a token, or has been let in: it is loaded while the token is asked for. */
export const later = { decodeDown, makeEdit, memory, replicaRules, HeldTags, Session } as const

export type Later = typeof later
