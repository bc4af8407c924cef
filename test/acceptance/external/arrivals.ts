import type { Db } from '../../support/person.ts'

/** When assignees came to a client. */
export type Arrivals = {
  /** When the client first showed the assignee, as `performance.now()` says; undefined before that. */
  of(id: string): number | undefined
  stop(): void
}

/** Notes for each assignee when the client first shows it. */
export function watchArrivals(db: Db): Arrivals {
  const seen = new Map<string, number>()
  const query = db.assignees.all()
  const stop = query.subscribe(() => {
    const now = performance.now()
    for (const { id } of query.getSnapshot().rows) if (!seen.has(id)) seen.set(id, now)
  })
  return { of: (id) => seen.get(id), stop }
}
