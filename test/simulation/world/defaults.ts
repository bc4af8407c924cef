import type { Row } from '../../../src/protocol/value.ts'

/** What columns hold that nobody has named. */
export const DEFAULTS: Readonly<Record<string, Row>> = {
  assignees: { email: '', city: '' },
  cards: {
    status: 'draft',
    pointsWon: 0,
    reactions: 0,
    notes: '',
    dueOn: null,
    bestScore: 0,
    startedOn: null,
    labels: [],
    advice: null,
    story: '',
  },
  boardSettings: { welcome: '', coverImage: '', locale: 'en' },
}

/** A row with all its columns, whatever version of the application has written it. */
export function filled(collection: string, row: Row): Row {
  return { ...DEFAULTS[collection], ...row }
}
