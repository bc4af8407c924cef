/** The counts of sessions where a test asks for none. */
export const uncounted = { sessionOpened: () => {}, sessionClosed: () => {}, sent: () => {} }
