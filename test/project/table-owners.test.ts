import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SCHEMA_STEPS } from '../../src/tenant/storage/schema-steps.ts'

const ROOM = 'src/tenant/storage/'

const files = readdirSync('src/tenant', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src/tenant', name))
  .filter((path) => !path.endsWith('schema-steps.ts'))
  .map((path) => ({ path, code: readFileSync(path, 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '') }))

/** The beginning of a statement that writes, with what it is run by and the table. */
const WRITE =
  /(?:(\w+)\.exec(?:<[^(]*>)?\(\s*)?[`'"]\s*(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE(?: OR \w+)?|DELETE FROM)\s+(\w+|\S+)/g

const writes = files.flatMap(({ path, code }) =>
  [...code.matchAll(WRITE)].map(([, by, table = '']) => ({ path, by, table })),
)

/** Those that there are after the last step. */
const tables = new Set<string>()
for (const [, what, table = ''] of SCHEMA_STEPS.join('\n').matchAll(/(CREATE|DROP) TABLE (\w+)/g))
  if (what === 'CREATE') tables.add(table)
  else tables.delete(table)

it('STO-7 each table of the object is written by one file of its room, and the room has none without', () => {
  const owners = Map.groupBy(writes, ({ table }) => table)
  expect([...owners.keys()].toSorted()).toEqual([...tables].toSorted())
  for (const [table, found] of owners)
    expect([table, new Set(found.map(({ path }) => path)).size]).toEqual([table, 1])
  expect(writes.filter(({ path }) => !path.startsWith(ROOM))).toEqual([])
})

it('STO-7 what writes is run by what is let write in a transaction only', () => {
  // Texts that are kept in a constant are run by name.
  const kept = writes.filter(({ by }) => by === undefined).map(({ path }) => path)
  expect([...new Set(kept)]).toEqual([`${ROOM}records.ts`])
  expect(writes.filter(({ by }) => by !== undefined && by !== 'write')).toEqual([])
  for (const { path, code } of files)
    for (const [, by] of code.matchAll(/#?(\w+)\.exec\((UPDATE_\w+)/g))
      expect([path, by]).toEqual([path, 'write'])
})

it('STO-7 outside its room nobody has SQLite in hand', () => {
  const others = files.filter(({ path }) => !path.startsWith(ROOM))
  expect(others.filter(({ code }) => /\bsql\b\.exec|storage\.sql|\btransactionSync\b/.test(code))).toEqual([])
})

it('STO-7 a test takes tables from an object only where that ends in the same turn', () => {
  const without = ['test/tenant', 'test/worker'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('tenant-world.ts'))
      .map((name) => join(folder, name))
      .filter((path) => {
        const code = readFileSync(path, 'utf8').replaceAll(/strikeStorage\(.*?\n {4}\}\)\n/gs, '')
        return /storage\.deleteAll|sql\.exec\([^)]*DROP TABLE/.test(code)
      }),
  )
  expect(without).toEqual([])
})
