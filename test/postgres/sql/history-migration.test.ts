import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../../dev/migrate.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))

const journalSchema = v.looseObject({ entries: v.array(v.looseObject({ tag: v.string() })) })

/** A copy of the migrations that ends before one of them. */
async function migrationsBefore(tag: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(MIGRATIONS, folder, { recursive: true })
  const path = join(folder, 'meta', '_journal.json')
  const journal = v.parse(journalSchema, JSON.parse(await readFile(path, 'utf8')))
  const entries = journal.entries.slice(
    0,
    journal.entries.findIndex((entry) => entry.tag === tag),
  )
  await writeFile(path, JSON.stringify({ ...journal, entries }))
  return folder
}

test('PG-84 a history that was kept edit by edit is taken over whole', async () => {
  await database.sql('CREATE DATABASE earlier')
  const earlier = new URL(database.postgres.connectionString)
  earlier.pathname = '/earlier'
  await migrate(earlier.href, await migrationsBefore('0028_history_by_batch'))
  const client = await database.session({ pathname: '/earlier' })
  await client.query(`
    INSERT INTO tidemark.history (tenant_id, epoch, seq, actor, n, subject, at, changes, outside, refused) VALUES
      ('t', 'e', -1, 'client-a', 8, 'ada', '2026-01-01T00:00:02Z', '[]', NULL, '{"seq": -1, "sqlState": "TM020"}'),
      ('t', 'e', 1, 'client-a', 7, 'ada', '2026-01-01T00:00:00.123Z',
        '[{"op": "insert",\n "table": "assignees", "id": "a1", "row": {"name": "A\\nB"}}]', NULL, NULL),
      ('t', 'e', 2, 'sql', 2, 'import', '2026-01-01T00:00:01Z', '[]', '{"op": "update", "id": "a1"}', NULL),
      ('t', 'e', 3, 'client-a', 9, 'ada', '2026-01-01T00:00:02Z', '[]', NULL, '{"seq": 3, "sqlState": "23505"}')`)
  const history = async () => (await client.query('SELECT * FROM tidemark.history ORDER BY seq')).rows
  const before = await history()
  await migrate(earlier.href)
  expect(before).toHaveLength(4)
  expect(await history()).toEqual(before)
})
