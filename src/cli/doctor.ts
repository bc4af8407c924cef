import process from 'node:process'
import { defineCommand } from 'citty'
import { findDatabase } from '../../dev/find-database.ts'
import { loadApp } from '../../dev/load-module.ts'
import { historiesOf, readProject } from '../../dev/project.ts'
import { UsageError } from '../../dev/usage-error.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import { diagnoseDatabase } from './doctor/database.ts'
import { diagnoseDeployment } from './doctor/deployment.ts'
import { bad, type Diagnosis, good, toLines, unknown } from './doctor/diagnosis.ts'
import { needs } from './needs.ts'
import { JSON_OPTION } from './options.ts'
import { outputFor } from './output.ts'

const NO_DATABASE = unknown(
  'No database was looked at.',
  'Set DATABASE_URL to the one that the Worker writes to.',
)
const NO_DEPLOYMENT = unknown(
  'No deployment was looked at.',
  'Say where it is with --url https://your-worker.example',
)

/** Says what is wrong with a project and its deployment, and how to mend it. */
export const doctor = defineCommand({
  meta: { name: 'doctor', description: 'Say what is wrong with a deployment, and how to mend it' },
  args: {
    url: {
      type: 'string',
      description: 'Where the Worker is deployed',
      valueHint: 'https://your-worker.example',
    },
    ...JSON_OPTION,
  },
  async run({ args }) {
    const project = await readProject()
    needs(project.folder, '`tidemark doctor`', ['wrangler'])
    const { diagnoseSettings } = await import('./doctor/settings.ts')
    const app = await expected(() => loadApp(project))
    const database = await expected(findDatabase)
    const found: Diagnosis[] = [
      ...diagnoseSettings(project.folder, project.config),
      'failed' in app
        ? bad(app.failed, 'Mend it, or say in tidemark.json where it is.')
        : good(`${project.app} declares ${app.value.declared.size} collections.`),
      ...(await lookAtDatabase(app, database, () => ({
        histories: historiesOf(project),
        otherRoles: project.otherRoles,
      }))),
      ...(args.url === undefined
        ? [NO_DEPLOYMENT]
        : await diagnoseDeployment(args.url, 'value' in app ? app.value.manifest.hash : undefined)),
    ]
    outputFor(args.json).result(toLines(found), { found })
    process.exitCode = found.some(({ is }) => is === 'bad') ? 1 : 0
  },
})

type Expected<Value> = { readonly value: Value } | { readonly failed: string }

/** What comes of something that may fail by a mistake of the project, of which a sentence tells. */
async function expected<Value>(get: () => Promise<Value>): Promise<Expected<Value>> {
  try {
    return { value: await get() }
  } catch (error) {
    if (error instanceof UsageError) return { failed: error.message }
    throw error
  }
}

async function lookAtDatabase(
  app: Expected<TidemarkApp>,
  database: Expected<string>,
  about: () => Parameters<typeof diagnoseDatabase>[2],
): Promise<Diagnosis[]> {
  if (!('value' in database)) return [NO_DATABASE]
  if (!('value' in app))
    return [unknown('The database was not looked at, because the application is not known.', 'See above.')]
  return diagnoseDatabase(database.value, app.value, about())
}
