/** The rows of the workload: invoices of about 200 bytes as JSON. */

/** Everybody's contact. */
export const CONTACT = 'c-1'

export const rowId = (place: number) => `i-${place}`

/** A value that is found in whatever frame carries it: 20 characters, and no two alike. */
export const markerOf = (write: number) => `w${String(write).padStart(19, '0')}`

const MARKER = /w(\d{19})/g

/** The writes whose markers a frame carries. */
export function writesIn(frame: string): number[] {
  return Array.from(frame.matchAll(MARKER), ([, write]) => Number(write))
}

/** One row under its names on the wire. */
export function rowOf(place: number) {
  return {
    id: rowId(place),
    number: `INV-2026-${String(place).padStart(12, '0')}-AAAA`,
    contactId: CONTACT,
    status: 'draft',
    totalCents: 1_234_500,
    paidCents: 0,
    reminders: 0,
    reference: 'nothing written here',
    dueOn: '2026-12-31',
  }
}
