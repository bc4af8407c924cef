import { rightsOf } from '../../src/core/access/rights.ts'
import type { Application, Claims } from '../../src/core/app/application.ts'
import { attachRecord } from '../../src/core/app/attached.ts'
import { NOTIFICATIONS } from '../../src/core/app/built-in.ts'
import { matches } from '../../src/core/query/filter.ts'
import type { Row } from '../../src/protocol/value.ts'
import type { MemoryTenant } from './memory-tenant.ts'

/** All notifications of a tenant, in the order in which they were written. */
export function notificationsOf(tenant: MemoryTenant): Row[] {
  const ids = tenant.log.flatMap(({ changes }) =>
    changes.flatMap(({ collection, id }) => (collection === NOTIFICATIONS ? id : [])),
  )
  return [...new Set(ids)].flatMap((id): Row[] => {
    const row = tenant.row(NOTIFICATIONS, id)
    return row ? [row] : []
  })
}

/** The kinds of notifications that a person gets to read. */
export function kindsFor(
  tenant: MemoryTenant,
  application: Application,
  claims: Partial<Claims> & { sub: string },
): unknown[] {
  const { read } = rightsOf(application, { tenant: 'acme', ...claims }, NOTIFICATIONS)
  return notificationsOf(tenant)
    .filter((row) => {
      const record = tenant.row(String(row['collection']), String(row['record']))
      return matches(read, attachRecord(row, record))
    })
    .map((row) => row['kind'])
}
