import process from 'node:process'
import { defineCommand } from 'citty'
import { checkSchema } from '../../dev/check-schema/check.ts'
import { declare } from '../../dev/check-schema/declare.ts'
import { toLines, withLevel } from '../../dev/check-schema/finding.ts'
import { findDatabase } from '../../dev/find-database.ts'
import { loadApp } from '../../dev/load-module.ts'
import { historiesOf, readProject } from '../../dev/project.ts'
import { UsageError } from '../../dev/usage-error.ts'
import { JSON_OPTION } from './options.ts'
import { outputFor } from './output.ts'

/** Says what a deploy of the project would break, before it. */
export const check = defineCommand({
  meta: {
    name: 'check',
    description: 'Say what a deploy would break: in Postgres, and for the clients of today',
  },
  args: {
    deploy: { type: 'boolean', description: 'Look at DATABASE_URL only, never at the local stack' },
    ...JSON_OPTION,
  },
  async run({ args }) {
    if (args.deploy && !process.env['DATABASE_URL'])
      throw new UsageError(
        'Set DATABASE_URL to the database of the deployed Worker: its schema is checked first.',
      )
    const project = await readProject()
    const app = await loadApp(project)
    const allowed = (process.env['SCHEMA_ALLOW'] ?? '').split(',').map((place) => place.trim())
    const declared = {
      manifest: app.manifest,
      tables: declare(app, app.declared),
      histories: historiesOf(project),
      otherRoles: project.otherRoles,
    }
    const findings = await checkSchema(await findDatabase(), declared, allowed)
    outputFor(args.json).result(toLines(findings), { findings })
    process.exitCode = withLevel(findings, 'stop').length > 0 ? 1 : 0
  },
})
