import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foreignKey, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { triggersMigration } from '../../../dev/generate-triggers.ts'
import { addMigration, readMigrations } from '../../../dev/migration-folder.ts'
import { syncStatements } from '../../../dev/sync-statements.ts'
import { BOARD_HISTORY, migrateBoard } from '../../fixtures/board/migrate.ts'
import * as schema from '../../fixtures/board/schema.ts'
import { copyOf } from '../support/copy-of.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

const key = { tenantId: text('tenant_id').notNull(), id: text('id').notNull() }
const projects = pgTable('projects', { ...key, assigneeId: text('assignee_id') }, (t) => [
  primaryKey({ columns: [t.tenantId, t.id] }),
  foreignKey({
    columns: [t.tenantId, t.assigneeId],
    foreignColumns: [schema.assignees.tenantId, schema.assignees.id],
    name: 'projects_assignee',
  }),
])

test('DEV-13 a table that became a collection gets what it lacks in one migration, and nothing twice', async () => {
  const folder = await copyOf(BOARD_HISTORY.folder)
  const tables = [schema.assignees, schema.cards, schema.prizes, schema.boardSettings, projects]
  expect(triggersMigration(tables.slice(0, 4), await readMigrations(folder))).toBeUndefined()
  const written = triggersMigration(tables, await readMigrations(folder)) ?? ''
  expect(written).not.toMatch(/"(assignees|cards)" /)
  const create =
    'CREATE TABLE projects (tenant_id text, id text, assignee_id text, PRIMARY KEY (tenant_id, id), '
  const reference = 'CONSTRAINT projects_assignee FOREIGN KEY (tenant_id, assignee_id) REFERENCES assignees);'
  const path = await addMigration(
    folder,
    'sync_triggers',
    `${create}${reference}--> statement-breakpoint\n${written}`,
  )
  expect(path).toMatch(/\d{4}_sync_triggers\.sql$/)
  await migrateBoard(database.postgres.connectionString, folder)
  await database.sql("INSERT INTO projects VALUES ('t', 'p1')")
  expect(await database.sql('SELECT table_name, row_id FROM tidemark.sync_change')).toEqual([
    { table_name: 'projects', row_id: 'p1' },
  ])
  expect(
    await database.sql("SELECT condeferrable FROM pg_constraint WHERE conname = 'projects_assignee'"),
  ).toEqual([{ condeferrable: true }])
  expect(triggersMigration(tables, await readMigrations(folder))).toBeUndefined()
  const journal = await readFile(join(folder, 'meta', '_journal.json'), 'utf8')
  expect(journal).toContain('_sync_triggers')
})

test('DEV-14 a table whose rows change one another by cascade cannot be synced, and the sentence says what to do', () => {
  const folders = pgTable('folders', { ...key, parentId: text('parent_id') }, (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({
      columns: [t.tenantId, t.parentId],
      foreignColumns: [t.tenantId, t.id],
      name: 'folders_parent',
    }).onDelete('cascade'),
  ])
  expect(() => syncStatements(folders)).toThrow('"folders_parent" changes rows of its own table')
})
