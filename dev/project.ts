import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import * as v from 'valibot'
import { applicationIn, ENGINE, type History } from './migration-history.ts'
import { UsageError } from './usage-error.ts'

/** The file, in the root of a project, that says where things are that are not where they usually are. */
export const PROJECT_FILE = 'tidemark.json'

const CONFIGS = ['wrangler.jsonc', 'wrangler.json', 'wrangler.toml']

const projectSchema = v.strictObject({
  /** The module that exports `app`, as `defineApp` makes it. */
  app: v.optional(v.string(), 'src/tidemark.ts'),
  /** The folder of Drizzle's migrations. */
  migrations: v.optional(v.string(), 'drizzle'),
  /** A module whose `seed(connectionString)` puts development data in; it may run again. */
  seed: v.exactOptional(v.string()),
  /** A module whose `PEOPLE` lists people by `person`, `tenant`, `name` and `role`, for tokens. */
  people: v.exactOptional(v.string()),
  /** Roles in Postgres of other programs that go on seeing the synced rows of all tenants. */
  otherRoles: v.optional(v.array(v.string()), []),
  /** What the local stack says when it is ready, after its address. */
  ready: v.exactOptional(v.string()),
})

/** A team's project, as the command line finds it. Paths are from its folder. */
export type Project = v.InferOutput<typeof projectSchema> & {
  readonly folder: string
  /** The settings of wrangler. */
  readonly config: string
}

/** Reads what a folder says of its project. Throws a UsageError on a file that it cannot read. */
export async function readProject(folder = process.cwd()): Promise<Project> {
  const path = join(folder, PROJECT_FILE)
  const text = existsSync(path) ? await readFile(path, 'utf8') : '{}'
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), projectSchema), text)
  if (!read.success) {
    const known = Object.keys(projectSchema.entries).join(', ')
    throw new UsageError(
      `${PROJECT_FILE} cannot be read: ${v.summarize(read.issues)}\nIt may have: ${known}.`,
    )
  }
  return { ...read.output, folder, config: configOf(folder) ?? 'wrangler.jsonc' }
}

/** The settings of wrangler that a folder has, if it has any. */
export function configOf(folder: string): string | undefined {
  return CONFIGS.find((name) => existsSync(join(folder, name)))
}

/** The engine's migrations and the project's own, in the order in which a database takes them. */
export function historiesOf({ folder, migrations }: Project): History[] {
  const own = resolve(folder, migrations)
  // Before the first `drizzle-kit generate` there is none.
  return existsSync(join(own, 'meta', '_journal.json')) ? [ENGINE, applicationIn(own)] : [ENGINE]
}
