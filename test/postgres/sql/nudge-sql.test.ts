import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { authenticateService } from '../../../src/worker/auth/authenticate.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, insertCard } from '../support/edits.ts'

const database = useDatabase()

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
  AUTH_SECRET: 'the value of AUTH_SECRET',
}

/** The tenants that were nudged since the last time, as the Worker reads them from the requests' tokens. */
async function nudged(): Promise<(string | undefined)[]> {
  const requests = await database.sql('DELETE FROM net.request RETURNING url, headers')
  return Promise.all(
    requests.map(({ url, headers }) => {
      expect(url).toBe('https://your-worker.example/sync/nudge')
      const [, token = ''] = /"Bearer ([^"]+)"/.exec(JSON.stringify(headers)) ?? []
      return authenticateService(settings, token, 'nudge')
    }),
  )
}

test('EDG-24 the triggers of docs/nudges.md nudge each tenant once per statement, and never for our own writes', async () => {
  const gateway = database.gateway('acme')
  await done(gateway.open(EPOCH))
  const edits = [entry(1, [insertAssignee('a1')]), entry(2, [insertCard('c1'), insertCard('c2')])]
  expect(await done(gateway.apply(batchOf(edits)))).toMatchObject({ applied: 2 })
  expect(await nudged()).toEqual([])
  await database.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('müller & co', 'a1', 'Carl')")
  await database.sql(
    "INSERT INTO cards (tenant_id, id, number, assignee_id, target_points) VALUES ('müller & co', 'c1', '1', 'a1', 1)",
  )
  expect(await nudged()).toEqual(['müller & co'])
  await database.sql("UPDATE cards SET notes = 'called'")
  expect((await nudged()).sort()).toEqual(['acme', 'müller & co'])
  await database.sql("DELETE FROM cards WHERE tenant_id = 'acme'")
  expect(await nudged()).toEqual(['acme'])
})
