import type { Db } from '../../dev/invoices/person.ts'

/** When contacts came to a client. */
export type Arrivals = {
  /** When the client first showed the contact, as `performance.now()` says; undefined before that. */
  of(id: string): number | undefined
  stop(): void
}

/** Notes for each contact when the client first shows it. */
export function watchArrivals(db: Db): Arrivals {
  const seen = new Map<string, number>()
  const query = db.contacts.all()
  const stop = query.subscribe(() => {
    const now = performance.now()
    for (const { id } of query.getSnapshot().rows) if (!seen.has(id)) seen.set(id, now)
  })
  return { of: (id) => seen.get(id), stop }
}
