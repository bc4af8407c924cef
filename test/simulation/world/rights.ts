import type { Rights } from '../../../src/core/query/view.ts'

/** What the application's rules come to: a viewer sees no drafts, and no notes. */
export const VIEWER_RIGHTS: Rights = { read: ['not', ['=', 'status', 'draft']], hidden: ['notes'] }

export const EVERY_RIGHT: Rights = { read: ['and', []], hidden: [] }
