import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { makeEdit } from './edits/edits.ts'
import { replicaRules } from './replica/rules.ts'
import { HeldTags } from './session/held-tags.ts'

/** The code that a page needs only once it has been let in: it is loaded while the page connects. */
export const later = { decodeDown, makeEdit, replicaRules, HeldTags } as const

export type Later = typeof later
