import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { addMigration, beginMigrations } from '../migration-folder.ts'
import { ENGINE } from '../migration-history.ts'
import { compareFolder } from './compare-folder.ts'
import { baselineText } from './migration-text.ts'
import { readFolder, SQL_FOLDER } from './read-folder.ts'
import { tellComparison } from './tell-comparison.ts'

const OPTIONS = {
  check: { type: 'boolean', default: false },
  empty: { type: 'boolean', default: false },
  baseline: { type: 'boolean', default: false },
  name: { type: 'string', default: 'functions' },
} as const

/** What a command has to say, and with what it ends. */
type Told = { readonly lines: readonly string[]; readonly code: 0 | 1 }

/**
 * Does what `npm run db:functions` was asked for. Throws on arguments that it does not know.
 *
 * @param withServer gives the connection string of a Postgres that may create databases
 */
export async function runFunctions(
  args: readonly string[],
  withServer: <Result>(work: (server: string) => Promise<Result>) => Promise<Result>,
  { folder = SQL_FOLDER, migrations = ENGINE.folder }: { folder?: string; migrations?: string } = {},
): Promise<Told> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  if (!/^[a-z0-9_]+$/.test(values.name))
    throw new Error('--name takes small letters, digits and underscores, as in --name shorter_answers.')
  const wrote = (path: string) => `Wrote ${relative('', path)}`
  if (values.baseline) {
    const path = await beginMigrations(migrations, 'engine', baselineText(await readFolder(folder)))
    return { lines: [wrote(path)], code: 0 }
  }
  if (values.empty) {
    const path = await addMigration(migrations, values.name, '-- What it is for.\n')
    return { lines: [wrote(path)], code: 0 }
  }
  const comparison = await withServer((server) => compareFolder(server, { folder, migrations }))
  const { difference, figures, migration } = comparison
  const lines = tellComparison(comparison)
  if (values.check) return { lines, code: figures.differing === 0 ? 0 : 1 }
  if (difference.byHand.length > 0) return { lines, code: 1 }
  if (migration === undefined) return { lines, code: 0 }
  return { lines: [...lines, wrote(await addMigration(migrations, values.name, migration))], code: 0 }
}
