import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { PACKAGE_ROOT } from '../../../dev/package-root.ts'
import { configOf, PROJECT_FILE } from '../../../dev/project.ts'
import { UsageError } from '../../../dev/usage-error.ts'
import { readExisting } from './existing.ts'
import { withNeeds } from './manifest.ts'
import {
  application,
  DRIZZLE,
  IGNORED,
  SCHEMA,
  TSCONFIG,
  WORKER,
  WRANGLER_NEEDS,
  wrangler,
} from './templates.ts'

/** The things that `init` does to a folder, and those that it leaves to people. Nothing that is there is written over. */
export type Plan = {
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** What is added to a package.json; the rest of it stays. */
  readonly added?: { readonly text: string; readonly lines: readonly string[] }
  /** Files that would be written if they were not there. */
  readonly kept: readonly string[]
  readonly left: readonly string[]
}

/** Makes the plan for a folder, empty or not. Throws a UsageError where none of its tables can be synced. */
export async function planFor(folder: string): Promise<Plan> {
  const existing = await readExisting(folder)
  if (existing && existing.fitting.length === 0)
    throw new UsageError(['None of the tables can be synced as they are:', ...existing.unfit].join('\n  '))
  const name =
    basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-') || 'tidemark-app'
  const config = configOf(folder)
  const tables = existing?.fitting ?? ['todos']
  const wanted: [path: string, text: string][] = [
    ...(existing
      ? []
      : [['drizzle.config.ts', DRIZZLE] as [string, string], ['src/schema.ts', SCHEMA] as [string, string]]),
    ['src/tidemark.ts', application(tables, existing?.schema ?? './schema')],
    ['src/index.ts', WORKER],
    ...(config === undefined ? [['wrangler.jsonc', wrangler(name)] as [string, string]] : []),
    ['tsconfig.json', TSCONFIG],
    ['.gitignore', IGNORED],
    ...(existing && existing.migrations !== 'drizzle'
      ? [
          [PROJECT_FILE, `${JSON.stringify({ migrations: existing.migrations }, null, 2)}\n`] as [
            string,
            string,
          ],
        ]
      : []),
  ]
  const isThere = ([path]: readonly [string, string]) => existsSync(join(folder, path))
  const kept = wanted.filter(isThere).map(([path]) => path)
  const added = withNeeds(await readIf(join(folder, 'package.json')), name, await engineVersion())
  return {
    files: wanted.filter((file) => !isThere(file)).map(([path, text]) => ({ path, text })),
    ...(added && { added }),
    kept,
    left: [...leftOver(kept, config), ...(existing?.unfit ?? []).map((why) => `Not synced yet: ${why}`)],
  }
}

/** What people have to do where a file of theirs stays as it is. */
function leftOver(kept: readonly string[], config: string | undefined): string[] {
  const worker = `src/index.ts is yours: add to it, with your routes as they are,
    const tidemark = createWorker(app)
    export class Tenant extends tidemark.Tenant {}
    export class Registry extends tidemark.Registry {}
  and .route('/', tidemark.routes), and \`scheduled: tidemark.scheduled\` beside \`fetch\`.`
  return [
    ...(kept.includes('src/index.ts') ? [worker] : []),
    ...(config === undefined ? [] : [`${config} is yours: see that it has\n${WRANGLER_NEEDS}`]),
    ...(kept.includes('.gitignore')
      ? ['.gitignore is yours: see that it has .tidemark/ and .wrangler/']
      : []),
  ]
}

const readIf = (path: string) => (existsSync(path) ? readFile(path, 'utf8') : undefined)

async function engineVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8'))
  return String(Object(manifest).version)
}
