import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { defineCommand } from 'citty'
import { triggersMigration } from '../../dev/generate-triggers.ts'
import { loadApp } from '../../dev/load-module.ts'
import { addMigration, readMigrations } from '../../dev/migration-folder.ts'
import { readProject } from '../../dev/project.ts'
import { UsageError } from '../../dev/usage-error.ts'
import { JSON_OPTION } from './options.ts'
import { outputFor } from './output.ts'

/** Writes a migration of the project with what its synced tables need and no migration has yet. */
export const generate = defineCommand({
  meta: {
    name: 'generate',
    description: 'Write the migration with the sync triggers and policies of your tables',
  },
  args: JSON_OPTION,
  async run({ args }) {
    const project = await readProject()
    const folder = resolve(project.folder, project.migrations)
    if (!existsSync(join(folder, 'meta', '_journal.json')))
      throw new UsageError(
        `${project.migrations} has no migration yet, and triggers need their tables: run drizzle-kit generate first.`,
      )
    const { declared } = await loadApp(project)
    const text = triggersMigration([...declared.values()], await readMigrations(folder), project.otherRoles)
    const wrote = text === undefined ? null : relative('', await addMigration(folder, 'sync_triggers', text))
    outputFor(args.json).result(
      [wrote === null ? 'Every synced table has its triggers and policies.' : `Wrote ${wrote}`],
      { wrote },
    )
  },
})
