import process from 'node:process'
import { OTHER_ROLES } from '../examples/invoices/roles.ts'
import { app } from '../examples/invoices/sync.ts'
import { checkSchema, type Declared } from './check-schema/check.ts'
import { declare } from './check-schema/declare.ts'
import { toLines, withLevel } from './check-schema/finding.ts'
import { findDatabase } from './find-database.ts'
import { HISTORIES } from './migration-history.ts'
import { syncedTables } from './synced-tables.ts'

/**
 * `npm run check:schema`: says what a deploy of the application would break, before it. Looks at DATABASE_URL,
 * else at the running local stack; with `--deploy` at DATABASE_URL only. SCHEMA_ALLOW names collections
 * and columns, separated by commas, of which a removal or narrowing is meant.
 */

function refuseWithoutDatabase(): void {
  if (process.argv.includes('--deploy') && !process.env['DATABASE_URL'])
    throw new Error('Set DATABASE_URL to the database of the deployed Worker: its schema is checked first.')
}

const DECLARED: Declared = {
  manifest: app.manifest,
  tables: declare(app, syncedTables()),
  histories: HISTORIES,
  otherRoles: OTHER_ROLES,
}

try {
  refuseWithoutDatabase()
  const allowed = (process.env['SCHEMA_ALLOW'] ?? '').split(',').map((place) => place.trim())
  const findings = await checkSchema(await findDatabase(), DECLARED, allowed)
  for (const line of toLines(findings)) console.log(line)
  process.exitCode = withLevel(findings, 'stop').length > 0 ? 1 : 0
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
