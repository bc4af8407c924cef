/** The texts of the files that a project begins with. They are the project's from then on. */

export const SCHEMA = `import { boolean, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

/** Every key begins with the tenant, so no row can point out of its own. */
export const todos = pgTable(
  'todos',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    title: text('title').notNull(),
    done: boolean('done').notNull().default(false),
    votes: integer('votes').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)
`

/** The module that declares the tables: those that were found, or the one to begin with. */
export function application(tables: readonly string[], schema: string): string {
  const names = tables.join(', ')
  const collections = tables
    .map((table) =>
      table === 'todos' && schema === './schema'
        ? `  .collection('todos', {
    // Concurrent edits of a field merge by its policy: the later one wins where none is named.
    merge: { votes: counter() },
    // True, or the sentence that tells the author why not.
    write: ({ claims }) => claims.role !== 'guest' || 'Guests look and change nothing.',
  })`
        : `  .collection('${table}')`,
    )
    .join('\n')
  const counted = collections.includes('counter()') ? 'counter, defineApp' : 'defineApp'
  return `import { ${counted} } from 'tidemark'
import * as v from 'valibot'
import { ${names} } from '${schema}'

/** The claims that a token has to make of a person. */
const claims = v.looseObject({
  sub: v.string(),
  tenant: v.string(),
  role: v.picklist(['member', 'guest']),
})

/** The rules: what may happen to the tables, and who may do it. */
export const app = defineApp({ tables: { ${names} }, claims })
${collections}

/** For pages, by \`import type\`: nothing of this is in their bundle. */
export type App = typeof app
`
}

export const WORKER = `import { Hono } from 'hono'
import { createWorker, type Environment } from 'tidemark/worker'
import { app } from './tidemark'

const tidemark = createWorker(app)

/** One object a tenant. */
export class Tenant extends tidemark.Tenant {}

/** One object in all, which knows the tenants that have clients. */
export class Registry extends tidemark.Registry {}

const routes = new Hono<{ Bindings: Environment }>()
  .route('/', tidemark.routes)
  .get('/hello', (context) => context.text('Your own routes stand beside.'))

export default { fetch: routes.fetch, scheduled: tidemark.scheduled } satisfies ExportedHandler<Environment>
`

/** The part of wrangler's settings that the engine needs, which one that is there may lack. */
export const WRANGLER_NEEDS = `  "compatibility_flags": ["nodejs_compat"],
  // Names of functions are not needed, and keeping them costs a call for each closure that is made.
  "keep_names": false,
  "durable_objects": {
    "bindings": [
      { "name": "TENANT", "class_name": "Tenant" },
      { "name": "REGISTRY", "class_name": "Registry" },
    ],
  },
  "migrations": [{ "tag": "tidemark-1", "new_sqlite_classes": ["Tenant", "Registry"] }],
  // Makes the registry sweep: old changes are deleted, once a day.
  "triggers": { "crons": ["* * * * *"] },`

export const wrangler = (name: string) => `{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "${name}",
  "main": "src/index.ts",
  "compatibility_date": "2026-10-20",
${WRANGLER_NEEDS}
  "vars": { "AUTH_ISSUER": "tidemark", "AUTH_AUDIENCE": "tidemark" },
}
`

export const DRIZZLE = `import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'postgresql', schema: './src/schema.ts', out: './drizzle' })
`

export const TSCONFIG = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023'],
      module: 'ESNext',
      moduleResolution: 'bundler',
      types: ['@cloudflare/workers-types'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    },
    include: ['src'],
  },
  null,
  2,
)}
`

export const IGNORED = 'node_modules/\n.tidemark/\n.wrangler/\n.dev.vars\n'
