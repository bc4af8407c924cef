import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { expect, it, onTestFinished } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { needs } from '../../src/cli/needs.ts'

const MAIN = join(PROJECT, 'src/cli/main.ts')

type Told = { readonly code: number; readonly out: string; readonly err: string }

/** Runs the command in a folder, with no terminal and no database. */
function tidemark(folder: string, ...args: readonly string[]): Promise<Told> {
  const env = { ...process.env, DATABASE_URL: '', NO_COLOR: '1' }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
    child.stdin?.end()
  })
}

/** A folder with these files, and with the packages of this repository. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-command-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'node_modules'))
  for (const name of ['drizzle-orm', 'drizzle-kit', 'valibot', 'hono'])
    await symlink(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name))
  await symlink(PROJECT, join(folder, 'node_modules/tidemark'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

const filesIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => name !== 'node_modules' && name !== '.tidemark').toSorted()

const DRIZZLE_PROJECT = {
  'package.json':
    '{\n    "name": "theirs",\n    "scripts": { "dev": "vite" },\n    "dependencies": { "hono": "4.0.0" }\n}\n',
  'drizzle.config.ts': `import { defineConfig } from 'drizzle-kit'
    export default defineConfig({ dialect: 'postgresql', schema: './db/tables.ts', out: './db/migrations' })`,
  'db/tables.ts': `import { pgTable, primaryKey, serial, text } from 'drizzle-orm/pg-core'
    export const notes = pgTable('notes', { tenantId: text('tenant_id').notNull(), id: text('id').notNull(), body: text('body').notNull() },
      (t) => [primaryKey({ columns: [t.tenantId, t.id] })])
    export const visits = pgTable('visits', { id: serial('id').primaryKey(), page: text('page') })`,
  'src/index.ts': 'export default {}\n',
  'wrangler.jsonc': '{ "name": "theirs" }\n',
}

it('CMD-2 init shows what it would write, and without a terminal writes nothing that it was not told to', async () => {
  const folder = await folderWith({})
  const shown = await tidemark(folder, 'init', '--dry-run')
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('+ src/tidemark.ts') })
  const asked = await tidemark(folder, 'init')
  expect(asked).toMatchObject({
    code: 1,
    err: expect.stringContaining('say --yes to write it, or --dry-run'),
  })
  expect(await filesIn(folder)).toEqual([])
})

it('CMD-2 init writes over nothing, keeps a package.json as it is but for what it lacked, and does so once', async () => {
  const folder = await folderWith(DRIZZLE_PROJECT)
  const wrote = JSON.parse((await tidemark(folder, 'init', '--yes', '--json')).out)
  expect(wrote).toMatchObject({
    wrote: expect.arrayContaining(['src/tidemark.ts', 'tidemark.json', 'package.json']),
  })
  expect(wrote.kept).toEqual(['src/index.ts'])
  for (const path of ['src/index.ts', 'wrangler.jsonc', 'db/tables.ts', 'drizzle.config.ts'] as const)
    expect(await readFile(join(folder, path), 'utf8')).toBe(DRIZZLE_PROJECT[path])
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  expect(text).toMatch(/^\{\n {4}"name"/)
  expect(JSON.parse(text)).toMatchObject({
    scripts: { dev: 'vite', 'tidemark:dev': 'tidemark dev', migrate: 'tidemark migrate' },
    dependencies: { hono: '4.0.0', tidemark: expect.any(String) },
  })
  const again = JSON.parse((await tidemark(folder, 'init', '--yes', '--json')).out)
  expect(again.wrote).toEqual([])
  expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(text)
})

it('CMD-3 init declares the tables that fit, and says of others and of files that it leaves alone what to do', async () => {
  const folder = await folderWith(DRIZZLE_PROJECT)
  const { left } = JSON.parse((await tidemark(folder, 'init', '--yes', '--json')).out)
  expect(left.join('\n')).toContain(
    'Not synced yet: collection "visits": needs tenantId: text(\'tenant_id\').notNull()',
  )
  expect(left.join('\n')).toContain('src/index.ts is yours')
  expect(left.join('\n')).toContain('"new_sqlite_classes": ["Tenant", "Registry"]')
  expect(await readFile(join(folder, 'src/tidemark.ts'), 'utf8')).toContain(
    "import { notes } from '../db/tables'",
  )
  expect(JSON.parse(await readFile(join(folder, 'tidemark.json'), 'utf8'))).toEqual({
    migrations: 'db/migrations',
  })
  const { found } = JSON.parse((await tidemark(folder, 'doctor', '--json')).out)
  expect(found).toContainEqual({ is: 'good', what: 'src/tidemark.ts declares 1 collections.' })
})

it('CMD-3 where no table can be synced init says why of each, and writes nothing', async () => {
  const tables = `import { pgTable, serial } from 'drizzle-orm/pg-core'
    export const visits = pgTable('visits', { id: serial('id').primaryKey() })`
  const folder = await folderWith({ ...DRIZZLE_PROJECT, 'db/tables.ts': tables })
  const before = await filesIn(folder)
  const told = await tidemark(folder, 'init', '--yes')
  expect(told).toMatchObject({ code: 1, err: expect.stringContaining('collection "visits": needs tenantId') })
  expect(await filesIn(folder)).toEqual(before)
})

const MISTAKES: [string, Readonly<Record<string, string>>, string[], string][] = [
  ['an unknown command', {}, ['migrat'], 'There is no command "migrat": it is one of init, dev,'],
  ['an unknown option', {}, ['check', '--jsn'], 'tidemark check takes no --jsn. See: tidemark check --help'],
  [
    'no database',
    { 'src/tidemark.ts': 'export const app = 1' },
    ['migrate'],
    'start the local one in another terminal: tidemark dev',
  ],
  ['no stack', {}, ['sql', 'select 1'], 'The local stack is not running. Start it in another terminal'],
  ['no migration', {}, ['generate'], 'run drizzle-kit generate first'],
  [
    'a port that is none',
    { 'package.json': '{}' },
    ['dev', '--port', '0'],
    '--port takes a number from 1 to 65535',
  ],
  [
    'settings that cannot be read',
    { 'tidemark.json': '{ "apps": "x" }' },
    ['check'],
    'It may have: app, migrations,',
  ],
]

it.each(MISTAKES)('CMD-4 %s is told in a sentence, with the way out', async (_, files, args, said) => {
  const { code, err, out } = await tidemark(await folderWith(files), ...args)
  expect(err).toContain(said)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).not.toContain('    at ')
})

it.each([
  ['there is none', {}, 'There is no src/tidemark.ts in'],
  [
    'it exports something else',
    { 'src/tidemark.ts': 'export const app = { tables: 1 }' },
    'has to export `app`, as defineApp',
  ],
  [
    'it does not compile',
    { 'src/tidemark.ts': 'export const app = (' },
    'src/tidemark.ts cannot be loaded: Unexpected end of file',
  ],
])('CMD-4 of an application that cannot be used is told why: %s', async (_, files, said) => {
  const folder = await folderWith(files)
  const { found } = JSON.parse((await tidemark(folder, 'doctor', '--json')).out)
  expect(found).toContainEqual({ is: 'bad', what: expect.stringContaining(said), mend: expect.any(String) })
})

it('CMD-4 a package that only one command needs is asked for by name', () => {
  expect(() => needs(PROJECT, '`tidemark dev`', ['wrangler', 'no-such-package'])).toThrow(
    '`tidemark dev` needs no-such-package. Install: npm install -D no-such-package',
  )
})

it('CMD-5 help names each command, and each command its options', async () => {
  const folder = await folderWith({})
  const names = ['init', 'dev', 'migrate', 'generate', 'check', 'token', 'sql', 'doctor']
  const { out, code } = await tidemark(folder, '--help')
  expect(code).toBe(0)
  for (const name of names) expect(out).toMatch(new RegExp(`^ *${name} +\\S`, 'm'))
  const options = { init: '--dry-run', dev: '--fresh', migrate: '--json', token: '--claim', doctor: '--url' }
  for (const [name, option] of Object.entries(options))
    expect(await tidemark(folder, name, '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining(option),
    })
})

it('CMD-6 doctor names what is wrong with settings, and with a deployment, each with the way out', async () => {
  const answer = JSON.stringify({
    ok: false,
    protocol: 7,
    schema: 'another',
    problems: ['AUTH_SECRET is too short'],
  })
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on a port')
  const folder = await folderWith(DRIZZLE_PROJECT)
  await tidemark(folder, 'init', '--yes')
  const { code, out } = await tidemark(
    folder,
    'doctor',
    '--json',
    '--url',
    `http://127.0.0.1:${address.port}`,
  )
  const ill = JSON.parse(out).found.filter(({ is }: { is: string }) => is === 'bad')
  expect(code).toBe(1)
  expect(ill.map(({ what }: { what: string }) => what)).toEqual([
    'wrangler.jsonc names no module that is there.',
    'The flag nodejs_compat is missing: the Worker would not start.',
    'No Durable Object is bound as TENANT or REGISTRY.',
    'Nothing makes the registry sweep: changes of other programs are kept for ever.',
    'AUTH_SECRET is too short',
    'It serves another version of the application than this folder has.',
  ])
  expect(ill.every(({ mend }: { mend?: string }) => mend !== undefined)).toBe(true)
})
