import type { Rights } from '../../../src/core/query/view.ts'
import type { Role } from './tokens.ts'

/**
 * What the application's rules come to for cards: a viewer sees no drafts, and no notes, and none but an owner sees
 * the advice.
 */
export const CARD_RIGHTS: Readonly<Record<Role, Rights>> = {
  viewer: { read: ['not', ['=', 'status', 'draft']], hidden: ['notes', 'advice'] },
  editor: { read: ['and', []], hidden: ['advice'] },
  owner: { read: ['and', []], hidden: [] },
}

export const EVERY_RIGHT: Rights = { read: ['and', []], hidden: [] }
