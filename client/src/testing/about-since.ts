import type { AboutRecords } from '../../../src/core/query/about-records.ts'
import type { MemoryTenant } from './memory-tenant.ts'

/** The records that conflicts and notifications are about, since a place in the log. */
export function aboutSince(tenant: MemoryTenant, from: number): AboutRecords {
  return {
    lastRow: (collection, id) => tenant.record(collection, id)?.row,
    living: (collection, id) => tenant.row(collection, id),
    heldBefore: (collection, id) => {
      const before = tenant.log.slice(0, from).flatMap(({ changes }) => changes)
      const end = before.reverse().find((change) => change.collection === collection && change.id === id)
      return end?.kind === 'delete' ? end.before : undefined
    },
    idsAbout: (about, collection, id) =>
      tenant
        .recordsOf(about)
        .flatMap(({ row, deleted }) =>
          !deleted && row['collection'] === collection && row['record'] === id ? [String(row['id'])] : [],
        ),
  }
}
