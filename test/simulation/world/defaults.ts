import type { Row } from '../../../src/protocol/value.ts'

/** What columns hold that nobody has named. */
export const DEFAULTS: Readonly<Record<string, Row>> = {
  contacts: { email: '', city: '' },
  invoices: { status: 'draft', paidCents: 0, reminders: 0, notes: '', dueOn: null },
  businessProfile: { address: '', vatNumber: '', currency: 'GBP' },
}

/** A row with all its columns, whatever version of the application has written it. */
export function filled(collection: string, row: Row): Row {
  return { ...DEFAULTS[collection], ...row }
}
