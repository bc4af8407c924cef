import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import { loadModule } from '../../../dev/load-module.ts'
import { UsageError } from '../../../dev/usage-error.ts'
import { describeTable } from '../../define/describe-table.ts'

const CONFIGS = ['drizzle.config.ts', 'drizzle.config.js', 'drizzle.config.mjs']

const configSchema = v.object({
  dialect: v.string(),
  schema: v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]),
  out: v.optional(v.string(), './drizzle'),
})

/** The tables of a Drizzle project: which can be synced as they are, and why others cannot. */
export type Existing = {
  readonly migrations: string
  /** The module with the tables, as one of `src` imports it. */
  readonly schema: string
  readonly fitting: readonly string[]
  readonly unfit: readonly string[]
}

/** Reads a Drizzle project; undefined where the folder is none. Throws a UsageError on one that cannot be read. */
export async function readExisting(folder: string): Promise<Existing | undefined> {
  const name = CONFIGS.find((candidate) => existsSync(join(folder, candidate)))
  if (name === undefined) return undefined
  const read = v.safeParse(configSchema, (await loadModule(folder, name))['default'])
  if (!read.success || read.output.dialect !== 'postgresql')
    throw new UsageError(`${name} has to be of dialect 'postgresql' and to name its \`schema\`.`)
  const { schema, out } = read.output
  const path = typeof schema === 'string' ? schema : (schema[0] ?? '')
  const exported = Object.entries(await loadModule(folder, path))
  const tables = exported.flatMap(([key, value]) => (is(value, PgTable) ? [[key, value] as const] : []))
  const judged = tables.map(([key, table]) => ({ key, why: whyUnfit(key, table) }))
  const module = relative('src', path).replace(/\.[cm]?[jt]s$/, '')
  return {
    migrations: relative('', join(dirname(name), out)),
    schema: module.startsWith('.') ? module : `./${module}`,
    fitting: judged.filter(({ why }) => why === undefined).map(({ key }) => key),
    unfit: judged.flatMap(({ why }) => (why === undefined ? [] : [why])),
  }
}

function whyUnfit(name: string, table: PgTable): string | undefined {
  try {
    describeTable(name, table, {})
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
