import { expect, test } from 'vitest'
import { INVOICES } from '../../../dev/invoices/application.ts'
import { HISTORIES } from '../../../dev/invoices/histories.ts'
import { migrate } from '../../../dev/migrate.ts'
import { makeBooks } from '../../../examples/invoices/seed/books.ts'
import { seed } from '../../../examples/invoices/seed/seed.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase(INVOICES)

const count = async (table: string) =>
  Number((await database.sql(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'])

test('DEV-6 seeding fills both tenants once and leaves what people changed as it is', async () => {
  const { connectionString } = database.postgres
  await seed(connectionString)
  const before = [await count('contacts'), await count('invoices'), await count('payments')]
  expect(before[1]).toBeGreaterThan(300)
  await database.sql("DELETE FROM payments WHERE tenant_id = 'acme' AND id = (SELECT min(id) FROM payments)")
  await seed(connectionString)
  expect([await count('contacts'), await count('invoices'), await count('payments')]).toEqual([
    before[0],
    before[1],
    Number(before[2]) - 1,
  ])
  expect(await database.sql('SELECT tenant_id FROM business_profile ORDER BY 1')).toEqual([
    { tenant_id: 'acme' },
    { tenant_id: 'globex' },
  ])
})

test('DEV-7 the seeded books balance: paid is the sum of payments, and the status follows', () => {
  const tenant = { tenantId: 't', contacts: 20, invoices: 200, seed: 7 }
  const books = makeBooks(tenant)
  expect(makeBooks(tenant)).toEqual(books)
  for (const { id, status, totalCents, paidCents = 0 } of books.invoices) {
    const parts = books.payments.filter(({ invoiceId }) => invoiceId === id)
    expect(parts.reduce((sum, { amountCents }) => sum + amountCents, 0)).toBe(paidCents)
    if (status === 'paid') expect(paidCents).toBe(totalCents)
    else if (status === 'part_paid') expect(paidCents > 0 && paidCents < totalCents).toBe(true)
    else expect(paidCents).toBe(0)
  }
})

test('DEV-8 migrating a migrated database changes nothing', async () => {
  const schema = () =>
    database.sql(
      "SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'tidemark') ORDER BY 1",
    )
  const before = await schema()
  await migrate(database.postgres.connectionString, HISTORIES)
  expect(await schema()).toEqual(before)
})
