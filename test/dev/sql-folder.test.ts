import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { readFolder } from '../../dev/sql-folder/read-folder.ts'
import { withoutComments } from '../../dev/sql-folder/statements.ts'
import { conflictsTable } from '../../src/define/conflict-rules.ts'
import { notificationCollections } from '../../src/define/notification-rules.ts'
import { toNotificationOptions } from '../../src/define/notify-options.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const files = await readFolder()
const functions = files.flatMap(({ function: name, text }) =>
  name === undefined ? [] : [{ name, code: withoutComments(text) }],
)

it('SQL-8 every function is called: by another one, a table, the Worker, or the triggers of synced tables', () => {
  const callers = [
    ...files.map(({ function: name, text }) => ({ name, code: withoutComments(text) })),
    ...globSync(['src/**/*.ts', 'dev/sync-statements.ts'], { cwd: ROOT }).map((path) => ({
      name: undefined,
      code: readFileSync(resolve(ROOT, path), 'utf8'),
    })),
  ]
  const isCalled = (name: string) => {
    const call = new RegExp(`"?tidemark"?\\."?${name}"?\\(`)
    return callers.some((caller) => caller.name !== name && call.test(caller.code))
  }
  expect(functions.length).toBeGreaterThan(50)
  expect(functions.filter(({ name }) => !isCalled(name)).map(({ name }) => name)).toEqual([])
})

it('SQL-8 every argument and variable is read', () => {
  const idle = functions.flatMap(({ name, code }) => {
    // Before an arrow it is an argument of the function that is called.
    const named = new Set(code.match(/\b[pvc]_\w+\b(?! =>)/g))
    return [...named]
      .filter((one) => code.split(new RegExp(`\\b${one}\\b`)).length === 2)
      .map((one) => `${one} of ${name}`)
  })
  expect(idle).toEqual([])
})

it('SQL-8 every column of a table is written or read by a function or a view, but for those that are for people', () => {
  const code = files
    .filter(({ function: name, view }) => name !== undefined || view !== undefined)
    .map(({ text }) => withoutComments(text))
    .join('\n')
  const columns = files.flatMap(({ text }) =>
    [...withoutComments(text).matchAll(/^CREATE TABLE tidemark\.(\w+) \(\n((?: {2}.*\n)+)\);/gm)].flatMap(
      ([, table = '', body = '']) =>
        [...body.matchAll(/^ {2}([a-z]\w*) /gm)].map(([, column = '']) => `${table}.${column}`),
    ),
  )
  // A table that is a collection is written and read by the names of its columns, as those of an application are.
  const own = { manifest: { hash: '', collections: [] }, rules: new Map() }
  const told = notificationCollections(own, toNotificationOptions({})).map(({ table }) => table)
  const synced = [conflictsTable, ...told].flatMap(({ name, columns: all }) =>
    all.map(({ sqlName }) => `${name}.${sqlName}`),
  )
  const isUsed = (column: string) =>
    synced.includes(`tidemark.${column}`) || new RegExp(`\\b${column.split('.')[1]}\\b`).test(code)
  expect(columns.length).toBeGreaterThan(40)
  expect(columns.filter((column) => !isUsed(column))).toEqual(['epoch.began'])
})

it('BIC-2 a row as a whole is never written so that a column of that name would be taken for it', () => {
  const statements = globSync('src/postgres/statements/*.ts', { cwd: ROOT }).map((path) =>
    readFileSync(resolve(ROOT, path), 'utf8'),
  )
  const all = [...functions.map(({ code }) => code), ...statements].join('\n')
  expect(all.match(/to_jsonb?\(\w+\.\*\)|row_to_json\(\w+\.\*\)/g)?.length).toBeGreaterThan(5)
  const bare = [...all.matchAll(/(?:to_jsonb?|row_to_json)\((\w+)\)/g)].map(([, name = '']) => name)
  expect(bare.filter((name) => !/^(OLD|NEW|[pv]_\w+)$/.test(name))).toEqual([])
})
