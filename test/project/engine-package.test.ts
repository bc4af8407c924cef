import { globSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { type Installed, installBoth } from '../support/installed.ts'
import { SAMPLE_WORDS } from '../support/sample-words.ts'

/** What a team has beside: its own schema library, and the peers. */
const THEIRS = ['zod', 'hono', 'drizzle-orm', '@cloudflare/workers-types', '@types/react', 'react', 'csstype']

let installed: Installed

beforeAll(async () => {
  installed = await installBoth(THEIRS)
})

afterAll(() => installed.remove())

const filesOf = (place: string) =>
  globSync('**/*', { cwd: place, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .toSorted()

describe('the packed engine', () => {
  it('PKG-8 has code, declarations, the migrations, a readme of its own and the licence, and nothing else', async () => {
    const place = installed.place.tidemark
    const files = filesOf(place)
    const plain = files.filter((name) => !/^(dist\/shared|migrations|src\/postgres\/sql)\//.test(name))
    expect(plain).toEqual([
      'LICENSE',
      'README.md',
      'dist/cli.js',
      'dist/cli.js.map',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/index.js.map',
      'dist/worker.d.ts',
      'dist/worker.js',
      'dist/worker.js.map',
      'package.json',
    ])
    const migrations = globSync(['migrations/**/*.*', 'src/postgres/sql/**/*.sql'], {
      cwd: PROJECT,
    }).toSorted()
    expect(files.filter((name) => /^(migrations|src)\//.test(name))).toEqual(migrations)
    expect(migrations.length).toBeGreaterThan(50)
    const read = (folder: string, name: string) => readFile(join(folder, name), 'utf8')
    for (const name of ['LICENSE', ...migrations])
      expect(await read(place, name)).toBe(await read(PROJECT, name))
    expect(await read(place, 'README.md')).toBe(await read(PROJECT, 'src/README.md'))
  })

  it('PKG-8 has drizzle-orm and hono from whoever installs it, and says which Node its tools need', async () => {
    const manifest: unknown = JSON.parse(
      await readFile(join(installed.place.tidemark, 'package.json'), 'utf8'),
    )
    expect(manifest).toMatchObject({ type: 'module', license: 'MIT', engines: { node: expect.any(String) } })
    expect(Object.keys(Object(manifest).peerDependencies)).toEqual(
      expect.arrayContaining(['drizzle-orm', 'hono']),
    )
    expect(Object.keys(Object(manifest).dependencies)).not.toContain('drizzle-orm')
    for (const field of ['scripts', 'workspaces', 'devDependencies', 'private', 'overrides'])
      expect(manifest).not.toHaveProperty(field)
  })

  it.each(['tidemark', '@tidemark/client'] as const)(
    'PKG-9 %s says nothing of the sample application',
    async (name) => {
      const place = installed.place[name]
      const files = filesOf(place)
      expect(files.length).toBeGreaterThan(10)
      const texts = await Promise.all(
        files.map(async (file) => [file, await readFile(join(place, file), 'utf8')] as const),
      )
      const found = texts.flatMap(([file, text]) => {
        const at = text.search(SAMPLE_WORDS)
        return at < 0 ? [] : [`${file}: ${text.slice(Math.max(0, at - 40), at + 40)}`]
      })
      expect(found).toEqual([])
    },
  )

  it('PKG-2 describes an application under Node', async () => {
    const program = `
      import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
      import { defineApp, lww } from 'tidemark'
      import * as z from 'zod'
      const columns = { tenantId: text('tenant_id').notNull(), id: text('id').notNull(), title: text('title').notNull() }
      const todos = pgTable('todos', columns, (t) => [primaryKey({ columns: [t.tenantId, t.id] })])
      const claims = z.looseObject({ sub: z.string(), tenant: z.string() })
      const app = defineApp({ tables: { todos }, claims }).collection('todos', { merge: { title: lww() } })
      console.log(app.manifest.collections[0].columns.map(({ name }) => name).join())`
    await writeFile(join(installed.folder, 'program.js'), program)
    expect(await installed.tell('program.js')).toBe('id,title\n')
  })
})

const SCHEMA = `
import { boolean, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
export const todos = pgTable('todos', {
  tenantId: text('tenant_id').notNull(), id: text('id').notNull(), title: text('title').notNull(),
  done: boolean('done').notNull().default(false), votes: integer('votes').notNull().default(0),
}, (t) => [primaryKey({ columns: [t.tenantId, t.id] })])
`

const DECLARED = `
import { counter, defineApp, everything, where } from 'tidemark'
import * as z from 'zod'
import { todos } from './schema'
export const app = defineApp({
  tables: { todos },
  claims: z.looseObject({ sub: z.string(), tenant: z.string(), role: z.enum(['editor', 'guest']) }),
}).collection('todos', {
  merge: { votes: counter() },
  read: ({ claims }) => (claims.role === 'guest' ? where.not({ done: true }) : everything),
  // @ts-expect-error no token has this role
  write: ({ claims }) => claims.role === 'owner' || 'Guests read.',
})
export type App = typeof app
`

const DEPLOYED = `
import { Hono } from 'hono'
import { createWorker, type Environment } from 'tidemark/worker'
import { app } from './declared'
type Env = Environment & { GREETING: string }
const tidemark = createWorker(app, { bindings: { TENANT: 'ROOM' } })
export class Tenant extends tidemark.Tenant {}
export class Registry extends tidemark.Registry {}
const routes = new Hono<{ Bindings: Env }>().route('/', tidemark.routes).get('/hello', (c) => c.text(c.env.GREETING))
export default { fetch: routes.fetch, scheduled: tidemark.scheduled } satisfies ExportedHandler<Env>
// @ts-expect-error there is no such binding
createWorker(app, { bindings: { TENANTS: 'ROOM' } })
`

const PAGE = `
import { createClient } from '@tidemark/client'
import type { App } from './declared'
export const db = createClient<App>({ url: '/', tenant: 'acme', getToken: () => 'token' })
export const titles: readonly string[] = db.todos.where({ done: false }).getSnapshot().rows.map(({ title }) => title)
export const edit = db.todos.update('one', (todo) => { todo.votes += 1 })
// @ts-expect-error there is no such column
db.todos.where({ colour: 'red' })
`

/** The newest TypeScript and the oldest that is named, which the tool that judges packages has within it. */
const COMPILERS = {
  newest: join(PROJECT, 'node_modules/typescript'),
  oldest: dirname(
    createRequire(createRequire(import.meta.url).resolve('@arethetypeswrong/core')).resolve(
      'typescript/package.json',
    ),
  ),
}

/** Declarations that are others', and do not pass by themselves. */
const OTHERS = /node_modules\/(drizzle-orm|hono)\//

describe('its declarations', () => {
  it('PKG-10 are tried under the TypeScript that the readme names as the oldest', async () => {
    const { version } = JSON.parse(await readFile(join(COMPILERS.oldest, 'package.json'), 'utf8'))
    const [named] = /^\d+\.\d+/.exec(version) ?? []
    expect(await readFile(join(PROJECT, 'src/README.md'), 'utf8')).toContain(`TypeScript ${named} and newer`)
  })

  it.each(
    Object.entries(COMPILERS).flatMap(([age, place]) => [
      [age, 'Worker', place],
      [age, 'page', place],
    ]),
  )(
    'PKG-10 serve an application that checks its libraries, by the %s TypeScript: its %s',
    async (age, part, compiler) => {
      const folder = join(installed.folder, `${part}-${age}`)
      await mkdir(folder)
      const sources = {
        schema: SCHEMA,
        declared: DECLARED,
        ...(part === 'page' ? { page: PAGE } : { index: DEPLOYED }),
      }
      for (const [name, text] of Object.entries(sources)) await writeFile(join(folder, `${name}.ts`), text)
      const dom = ['DOM', 'DOM.Iterable', 'DOM.AsyncIterable', 'ESNext.Disposable']
      const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        target: 'es2022',
        lib: ['ES2023', ...(part === 'page' ? dom : [])],
        types: part === 'page' ? [] : ['@cloudflare/workers-types'],
        module: 'esnext',
        moduleResolution: 'bundler',
      }
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }))
      const told = await installed.tell(join(compiler, 'bin/tsc'), '-p', folder, '--pretty', 'false')
      const mistakes = told.split('\n').filter((line) => / error TS\d+/.test(line) && !OTHERS.test(line))
      expect(mistakes).toEqual([])
    },
  )
})
