import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'

const run = promisify(execFile)
const installed = join(PROJECT, 'node_modules')

/** A folder of somebody who has installed the package, and nothing of this repository. */
let folder: string
let files: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-package-'))
  // As on a fresh clone: what is packed is built then.
  await rm(join(PROJECT, 'client', 'dist'), { recursive: true, force: true })
  await run('npm', ['pack', '-w', 'client', '--pack-destination', folder], { cwd: PROJECT })
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  const place = join(folder, 'node_modules', '@tidemark', 'client')
  await mkdir(place, { recursive: true })
  await run('tar', ['-xzf', join(folder, tarball), '-C', place, '--strip-components', '1'])
  files = await readdir(place)
  for (const name of [
    'partysocket',
    'idb',
    '@standard-schema/spec',
    'valibot',
    'react',
    '@types/react',
    'csstype',
    'event-target-polyfill',
  ]) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(installed, name), link)
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it('PKG-1 the packed client has its code, its declarations, a readme and the licence', async () => {
  expect(files.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
  const place = join(folder, 'node_modules', '@tidemark', 'client')
  expect(await readFile(join(place, 'LICENSE'), 'utf8')).toBe(
    await readFile(join(PROJECT, 'LICENSE'), 'utf8'),
  )
  expect((await readdir(join(place, 'dist'))).toSorted()).toEqual([
    'conflicts.js',
    'devtools.js',
    'history.js',
    'index.js',
    'indexeddb.js',
    'marks.js',
    'metrics.js',
    'notifications.js',
    'presence.js',
    'react.js',
    'shared',
    'solid.js',
    'ssr.js',
    'svelte.js',
    'tabs.js',
    'tanstack-db.js',
    'tanstack-query.js',
    'testing.js',
    'text-react.js',
    'text.js',
    'types',
    'vue.js',
  ])
})

it('PKG-2 it is imported under Node, and its client says that it has no connection', async () => {
  const program = `
    import { createClient, where } from '@tidemark/client'
    import { conflicts } from '@tidemark/client/conflicts'
    import { indexedDb } from '@tidemark/client/indexeddb'
    import { useQuery } from '@tidemark/client/react'
    const db = createClient({
      url: 'http://127.0.0.1:1', tenant: 'acme', getToken: () => null, parts: [conflicts()],
      persist: indexedDb(),
    })
    db.conflicts.open().getSnapshot()
    db.cards.where(where.any({ notes: 'x' })).subscribe(() => {})
    db.connection.subscribe(({ state }) => {
      if (state !== 'needs-auth') return
      console.log(state, typeof useQuery)
      db.close()
    })`
  await writeFile(join(folder, 'program.js'), program)
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder })
  expect(stdout.trim()).toBe('needs-auth function')
})

const SAMPLE = `
import { type Client, type ConnectionSnapshot, createClient, where } from '@tidemark/client'
import { history } from '@tidemark/client/history'
import { indexedDb } from '@tidemark/client/indexeddb'
import { notifications } from '@tidemark/client/notifications'
import { presence } from '@tidemark/client/presence'
import { tabs } from '@tidemark/client/tabs'
import { useConnection, useQuery } from '@tidemark/client/react'
import { queryOptions } from '@tidemark/client/tanstack-query'
import { createTestTenant, type TestableApp } from '@tidemark/client/testing'

type Note = { id: string; title: string; stars: number }
type App = { readonly types?: { readonly notes: { row: Note; insert: { id?: string; title: string } } } }

const parts = [history(), notifications(), presence()]
const db: Client<App> = createClient<App>({ url: '/', tenant: 'acme', getToken: () => 'token', parts, persist: indexedDb({ graceMs: 0 }), share: tabs() })
const starred = db.notes.where(where.not({ stars: 0 })).orderBy('title').limit(10)
export const titles: readonly string[] = starred.getSnapshot().rows.map(({ title }) => title)
type Fetched = Awaited<ReturnType<ReturnType<typeof queryOptions<Note>>['queryFn']>>
export const fetched: Fetched = starred.getSnapshot().rows
export const key: readonly string[] = queryOptions(starred).queryKey
export const stop = starred.subscribe(({ rows }) => rows.forEach(({ $sync }) => $sync.pending))
export const accepted = db.notes.insert({ title: 'one' }).accepted
export const refused: readonly string[] = db.refused.getSnapshot().items.map(({ error }) => error.message)
export const tested = (app: TestableApp & App) => createTestTenant(app).rows('notes').map(({ stars }) => stars + 1)
// @ts-expect-error there is no such column
db.notes.where({ colour: 'red' })
// @ts-expect-error a title is a text
db.notes.insert({ title: 1 })
export function useNotes(): [number, ConnectionSnapshot['state']] {
  return [useQuery(starred).rows.length, useConnection(db).state]
}
`

it.each(['nodenext', 'bundler'])(
  'PKG-3 its declarations serve an application resolved as %s',
  async (resolution) => {
    await writeFile(join(folder, 'sample.ts'), SAMPLE)
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'es2022',
      lib: ['ES2024', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable', 'ESNext.Disposable'],
      types: [],
      module: resolution === 'bundler' ? 'esnext' : resolution,
      moduleResolution: resolution,
    }
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['sample.ts'] }),
    )
    const tsc = join(installed, 'typescript', 'bin', 'tsc')
    const told = await run(process.execPath, [tsc, '-p', folder], { cwd: folder }).then(
      ({ stdout }) => stdout,
      (failed: { stdout?: string }) => failed.stdout ?? String(failed),
    )
    expect(told).toBe('')
  },
)
