/** The one document, and the map in it that holds the rows. */
export const DOCUMENT = 'room'
export const TABLE = 'invoices'
