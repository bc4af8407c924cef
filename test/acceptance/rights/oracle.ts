import type { Row } from '../../../src/protocol/value.ts'

/** The people of the matrix, each named as their role. */
export const ROLES = ['owner', 'editor', 'viewer', 'assigned', 'auditor', 'guest'] as const
export type Role = (typeof ROLES)[number]

/** The application's collections with their columns, as its tables have them. */
export const COLUMNS = {
  assignees: ['id', 'name', 'email', 'city'],
  cards: [
    ...['id', 'number', 'assigneeId', 'status', 'targetPoints', 'pointsWon', 'reactions', 'notes', 'dueOn'],
    ...['bestScore', 'startedOn', 'labels', 'advice', 'story'],
  ],
  prizes: ['id', 'cardId', 'awardedPoints', 'kind', 'wonOn'],
  boardSettings: ['id', 'name', 'welcome', 'coverImage', 'locale'],
} as const
export type Name = keyof typeof COLUMNS
export const NAMES = ['assignees', 'cards', 'prizes', 'boardSettings'] as const

/** Whether a person sees a record: written out by hand, role by role, and asking nothing of the product. */
const SEES: Readonly<Record<Name, Readonly<Record<Role, (row: Row) => boolean>>>> = {
  assignees: {
    owner: () => true,
    editor: () => true,
    viewer: ({ name }) => String(name).startsWith('A'),
    assigned: ({ id }) => id === 'assigned',
    auditor: () => true,
    guest: () => false,
  },
  cards: {
    owner: () => true,
    editor: () => true,
    viewer: ({ status }) => status !== 'draft',
    assigned: ({ assigneeId }) => assigneeId === 'assigned',
    auditor: ({ status, reactions }) =>
      status === 'finished' || status === 'withdrawn' || Number(reactions) >= 5,
    guest: () => false,
  },
  prizes: {
    owner: () => true,
    editor: () => true,
    viewer: ({ kind }) => kind === 'badge',
    assigned: ({ awardedPoints }) => Number(awardedPoints) < 10,
    auditor: ({ kind }) => kind !== 'treat',
    guest: () => false,
  },
  boardSettings: {
    owner: () => true,
    editor: ({ locale }) => locale === 'en',
    viewer: ({ locale }) => locale === 'en',
    assigned: ({ locale }) => locale === 'en',
    auditor: ({ locale }) => locale === 'en',
    guest: ({ locale }) => locale === 'en',
  },
}

/** The columns that a person gets to see nothing of. */
const HIDDEN: Readonly<Record<Name, Readonly<Partial<Record<Role, readonly string[]>>>>> = {
  assignees: { viewer: ['email'], assigned: ['email'], auditor: ['email'], editor: ['city'] },
  cards: {
    editor: ['advice'],
    viewer: ['notes', 'advice', 'reactions'],
    assigned: ['notes', 'advice', 'story'],
    auditor: ['notes', 'advice', 'targetPoints'],
    guest: ['notes', 'advice'],
  },
  prizes: { viewer: ['awardedPoints'], editor: ['wonOn'] },
  boardSettings: { guest: ['coverImage'], viewer: ['welcome'] },
}

export const hiddenFrom = (role: Role, name: Name): readonly string[] => HIDDEN[name][role] ?? []

/** A record as a person sees it; undefined for one that they do not. */
export function seenBy(role: Role, name: Name, row: Row | undefined): Row | undefined {
  if (!row || !SEES[name][role](row)) return undefined
  const hidden = hiddenFrom(role, name)
  return Object.fromEntries(
    COLUMNS[name].flatMap((column): [string, Row[string]][] =>
      hidden.includes(column) ? [] : [[column, row[column] ?? null]],
    ),
  )
}

/** What happens to a record in a person's eyes. */
export function eventOf(before: Row | undefined, after: Row | undefined, existed: boolean): string {
  if (!before && !after) return 'nothing'
  if (!before) return existed ? 'into view' : 'insert'
  if (!after) return existed ? 'out of view' : 'delete'
  return JSON.stringify(before) === JSON.stringify(after) ? 'nothing' : 'update'
}
