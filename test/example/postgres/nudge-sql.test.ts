import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { INVOICES } from '../../../dev/invoices/application.ts'
import type { Change } from '../../../src/core/log/log.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { authenticateService } from '../../../src/worker/auth/authenticate-service.ts'
import { useDatabase } from '../../postgres/support/database.ts'
import { batchOf, done, EPOCH, entry } from '../../postgres/support/edits.ts'

const database = useDatabase(INVOICES)

/** The example as it stands, after whatever keeps its place of the extension that sends. */
const example = [
  ...readFileSync(resolve(import.meta.dirname, '../../../docs/nudges.md'), 'utf8').matchAll(
    /```sql\n([^`]*)```/g,
  ),
].map(([, sql = '']) => sql.replace('CREATE EXTENSION IF NOT EXISTS pg_net;', ''))

beforeAll(async () => {
  await database.sql(`
    CREATE SCHEMA net;
    CREATE TABLE net.request (id serial, url text, headers jsonb);
    CREATE FUNCTION net.http_post(
      url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000
    ) RETURNS bigint LANGUAGE sql AS 'INSERT INTO net.request (url, headers) VALUES ($1, $4) RETURNING id';
  `)
  for (const sql of example) await database.sql(sql)
})

const settings = {
  AUTH_ISSUER: 'tidemark',
  AUTH_AUDIENCE: 'tidemark',
  AUTH_JWKS_URL: '',
  AUTH_SECRET: 'a secret of which the database knows nothing',
  AUTH_NUDGE_SECRET: 'the value of AUTH_NUDGE_SECRET',
}

function insert(collection: string, after: Row & { id: string }): Change {
  return { kind: 'insert', collection, id: after.id, after }
}

function insertInvoice(id: string): Change {
  const standard = { status: 'draft', totalCents: 10_000, paidCents: 0, reminders: 0, dueOn: null }
  const texts = { number: `N-${id}`, reference: '', notes: '' }
  return insert('invoices', { id, contactId: 'c1', ...texts, ...standard })
}

/** The tenants that were nudged since the last time, as the Worker reads them from the requests' tokens. */
async function nudged(): Promise<(string | undefined)[]> {
  const requests = await database.sql('DELETE FROM net.request RETURNING url, headers')
  return Promise.all(
    requests.map(async ({ url, headers }) => {
      expect(url).toBe('https://your-worker.example/sync/nudge')
      const [, token = ''] = /"Bearer ([^"]+)"/.exec(JSON.stringify(headers)) ?? []
      const service = await authenticateService(settings, token, 'nudge')
      return service.ok ? service.tenants.join() : undefined
    }),
  )
}

test('EDG-24 the triggers of docs/nudges.md nudge each tenant once per statement, and never for our own writes', async () => {
  const gateway = database.gateway('acme')
  await done(gateway.open(EPOCH))
  const carl = insert('contacts', { id: 'c1', name: 'Carl', email: '', city: '' })
  const edits = [entry(1, [carl]), entry(2, [insertInvoice('i1'), insertInvoice('i2')])]
  const batch = batchOf(edits, EPOCH, INVOICES.app)
  expect(await done(gateway.apply(batch))).toMatchObject({ applied: 2 })
  expect(await nudged()).toEqual([])
  await database.sql("INSERT INTO contacts (tenant_id, id, name) VALUES ('müller & co', 'c1', 'Carl')")
  await database.sql(
    "INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents) VALUES ('müller & co', 'i1', '1', 'c1', 1)",
  )
  expect(await nudged()).toEqual(['müller & co'])
  await database.sql("UPDATE invoices SET notes = 'called'")
  expect((await nudged()).sort()).toEqual(['acme', 'müller & co'])
  await database.sql("DELETE FROM invoices WHERE tenant_id = 'acme'")
  expect(await nudged()).toEqual(['acme'])
})
