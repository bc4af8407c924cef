import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { businessProfile, contacts, invoices, payments } from '../schema.ts'
import { makeBooks } from './books.ts'

/** Rows of one INSERT, well below the 65,535 parameters that Postgres takes. */
const CHUNK_ROWS = 500

const TENANTS = [
  { tenantId: 'acme', name: 'Acme Paper Ltd', contacts: 60, invoices: 320, seed: 1 },
  { tenantId: 'globex', name: 'Globex Tools GmbH', contacts: 8, invoices: 24, seed: 2 },
] as const

/**
 * Gives each development tenant its books, unless it has some: a tenant that is there stays as people
 * left it.
 */
export async function seed(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    for (const tenant of TENANTS) {
      await drizzle(client).transaction(async (tx) => {
        const claimed = await tx
          .insert(businessProfile)
          .values({
            tenantId: tenant.tenantId,
            id: 'profile',
            name: tenant.name,
            address: '1 Harbour Street, Bristol',
            vatNumber: 'GB 123 4567 89',
          })
          .onConflictDoNothing()
          .returning()
        if (claimed.length === 0) return
        const books = makeBooks(tenant)
        for (const rows of chunks(books.contacts)) await tx.insert(contacts).values(rows)
        for (const rows of chunks(books.invoices)) await tx.insert(invoices).values(rows)
        for (const rows of chunks(books.payments)) await tx.insert(payments).values(rows)
      })
    }
  } finally {
    await client.end()
  }
}

function chunks<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK_ROWS) }, (_, i) =>
    items.slice(i * CHUNK_ROWS, (i + 1) * CHUNK_ROWS),
  )
}
