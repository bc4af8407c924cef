import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { APPLICATION, HISTORIES } from '../../../dev/invoices/histories.ts'
import { migrate } from '../../../dev/migrate.ts'
import { addMigration, readMigrations } from '../../../dev/migration-folder.ts'
import { ENGINE } from '../../../dev/migration-history.ts'
import { runFunctions } from '../../../dev/sql-folder/command.ts'
import { compareFolder } from '../../../dev/sql-folder/compare-folder.ts'
import { countDeadLines } from '../../../dev/sql-folder/dead-lines.ts'
import { readSqlFigures } from '../../../dev/sql-folder/figures.ts'
import { readFolder, SQL_FOLDER } from '../../../dev/sql-folder/read-folder.ts'
import { createdFunction, droppedFunctions, splitStatements } from '../../../dev/sql-folder/statements.ts'
import { copyOf } from '../../postgres/support/copy-of.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase()

/** A copy of the folder and of the migrations, for one test. */
async function copies() {
  const folder = await copyOf(SQL_FOLDER)
  const migrations = await copyOf(ENGINE.folder)
  return {
    folder,
    migrations,
    /** How many migrations there were. */
    before: (await readMigrations(migrations)).length,
    write: (path: string, text: string) => writeFile(join(folder, path), text),
    async change(path: string, from: string, to: string) {
      const text = await readFile(join(folder, path), 'utf8')
      if (!text.includes(from)) throw new Error(`${path} has no "${from}"`)
      await writeFile(join(folder, path), text.replace(from, to))
    },
    remove: (path: string) => rm(join(folder, path)),
    compare: () => compareFolder(database.postgres.connectionString, { folder, migrations }),
    run: (...args: string[]) =>
      runFunctions(args, (work) => work(database.postgres.connectionString), { folder, migrations }),
  }
}

type Copies = Awaited<ReturnType<typeof copies>>

const FUNCTION = (name: string, head: string, body: string) =>
  `-- For a test.\nCREATE OR REPLACE FUNCTION tidemark.${name}${head}\nLANGUAGE sql STABLE AS $$ ${body} $$;\n`

it('SQL-1 the functions, tables, types, indexes and triggers of the folder are those of a migrated database', async () => {
  const { difference } = await compareFolder(database.postgres.connectionString)
  expect(difference).toEqual({ restated: [], dropped: [], views: [], rights: [], byHand: [] })
})

it('SQL-1 the figures of the repository say so as well', async () => {
  const functions = (await readFolder()).filter(({ function: name }) => name !== undefined).length
  expect(functions).toBeGreaterThan(50)
  const figures = { functionsInFolder: functions, functionsInDatabase: functions, differing: 0 }
  expect(await readSqlFigures()).toMatchObject(figures)
})

describe('SQL-2', () => {
  const cases: [what: string, change: (at: Copies) => Promise<void>, created: string[], dropped: string[]][] =
    [
      [
        'a body',
        (at) => at.change('numbers/as-double.sql', 'ELSE p_number', 'ELSE 1 * p_number'),
        ['as_double'],
        [],
      ],
      [
        'what is said besides the body, as how it may be planned',
        (at) => at.change('write/is-behind.sql', 'SET plan_cache_mode = force_custom_plan ', ''),
        ['is_behind'],
        [],
      ],
      [
        'a new function',
        (at) => at.write('batch/more.sql', FUNCTION('more', '() RETURNS int', 'SELECT 1')),
        ['more'],
        [],
      ],
      [
        'a function that is gone',
        async (at) => {
          await at.remove('write/is-key.sql')
          await at.change('access/grants.sql', ' tidemark.is_key,', '')
        },
        [],
        ['is_key'],
      ],
      [
        'another argument',
        (at) => at.change('write/is-key.sql', 'p_constraint text)', 'p_constraint text, p_more text)'),
        ['is_key'],
        ['is_key'],
      ],
      [
        'another name of an argument',
        async (at) => {
          await at.change('external/version-name.sql', 'p_place tid', 'p_at tid')
          await at.change('external/version-name.sql', 'p_place::text', 'p_at::text')
        },
        ['version_name'],
        ['version_name'],
      ],
      [
        'a default that is gone',
        (at) => at.change('external/look.sql', ' DEFAULT NULL', ''),
        ['look'],
        ['look'],
      ],
      [
        'another result',
        (at) => at.change('external/version-name.sql', 'RETURNS text', 'RETURNS varchar'),
        ['version_name'],
        ['version_name'],
      ],
      [
        'another result of a function that fills columns',
        (at) => at.change('cursor/cluster-name.sql', 'RETURNS bigint', 'RETURNS numeric'),
        ['cluster_name', 'unread', 'unread_rows'],
        ['cluster_name', 'unread', 'unread_rows'],
      ],
      [
        'another result of a function that a view reads',
        async (at) => {
          await at.change(
            'batch/edits-of.sql',
            'refused json, changes text',
            'refused json, changes text, more text',
          )
          await at.change(
            'batch/edits-of.sql',
            'edit.refused, edit.changes',
            "edit.refused, edit.changes, ''",
          )
        },
        ['edits_of'],
        ['edits_of'],
      ],
      [
        'a view',
        (at) => at.change('tables/history.sql', 'edit.changes::json', 'edit.changes::jsonb'),
        [],
        [],
      ],
      ['a view that is gone', (at) => at.remove('tables/history.sql'), [], []],
      [
        'functions that call one another, the called one first',
        async (at) => {
          await at.write(
            'batch/another.sql',
            FUNCTION('another', '() RETURNS int', 'SELECT tidemark.zeroth()'),
          )
          await at.write('write/zeroth.sql', FUNCTION('zeroth', '() RETURNS int', 'SELECT 0'))
        },
        ['zeroth', 'another'],
        [],
      ],
    ]

  it.each(cases)('SQL-2 %s is one migration that makes both equal', async (_, change, created, dropped) => {
    const at = await copies()
    await change(at)
    expect((await at.compare()).figures.differing).toBeGreaterThan(0)
    expect(await at.run()).toMatchObject({ code: 0 })
    const statements = splitStatements((await readMigrations(at.migrations)).at(-1) ?? '')
    expect(statements.flatMap((statement) => createdFunction(statement) ?? [])).toEqual(created)
    expect(statements.flatMap(droppedFunctions)).toEqual(dropped)
    const { figures, migration } = await at.compare()
    expect({ differing: figures.differing, migration }).toEqual({ differing: 0, migration: undefined })
  })

  it('SQL-2 what has a function as a default goes and comes again with it', async () => {
    const at = await copies()
    await at.write('batch/first.sql', FUNCTION('first', '() RETURNS int', 'SELECT 1'))
    await at.write(
      'batch/second.sql',
      FUNCTION('second', '(p_one int DEFAULT tidemark.first()) RETURNS int', 'SELECT 1'),
    )
    await at.run()
    await at.change('batch/first.sql', '() RETURNS int', '() RETURNS smallint')
    await at.change('batch/first.sql', 'SELECT 1', 'SELECT 1::smallint')
    await at.run()
    const statements = splitStatements((await readMigrations(at.migrations)).at(-1) ?? '')
    expect(statements.flatMap((statement) => createdFunction(statement) ?? [])).toEqual(['first', 'second'])
    expect((await at.compare()).figures.differing).toBe(0)
  })

  it('SQL-2 a function of the same name that only the database has is dropped', async () => {
    const at = await copies()
    await addMigration(
      at.migrations,
      'overload',
      "CREATE FUNCTION tidemark.is_key(p_table text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    )
    await at.run()
    const written = (await readMigrations(at.migrations)).at(-1) ?? ''
    expect(splitStatements(written)).toEqual([
      expect.stringMatching(/DROP FUNCTION tidemark.is_key\(text\);$/),
    ])
    const { figures } = await at.compare()
    expect(figures).toMatchObject({ differing: 0, functionsInDatabase: figures.functionsInFolder })
  })

  it('SQL-2 the migration goes through in a database with tables of an application, and the history stays readable', async () => {
    const at = await copies()
    await at.change('batch/edits-of.sql', 'at double precision, outside', 'at float8, more text, outside')
    await at.change('batch/edits-of.sql', 'lists.since + edit.at,', "lists.since + edit.at, '',")
    await at.run()
    await database.sql('CREATE DATABASE served')
    const served = Object.assign(new URL(database.postgres.connectionString), { pathname: '/served' }).href
    await migrate(served, HISTORIES)
    await migrate(served, [{ ...ENGINE, folder: at.migrations }, APPLICATION])
    const client = await database.session({ pathname: '/served' })
    expect((await client.query('SELECT * FROM tidemark.history')).rows).toEqual([])
  })

  it('SQL-2 a body that Postgres does not take is told with its file, and nothing is written', async () => {
    const at = await copies()
    await at.change('numbers/as-double.sql', 'ELSE p_number', 'ELSE p_missing')
    await expect(at.run()).rejects.toThrow('numbers/as-double.sql: column "p_missing" does not exist')
    expect(await readMigrations(at.migrations)).toHaveLength(at.before)
  })
})

describe('the command', () => {
  it('SQL-3 says that nothing differs, or what it wrote; with --check it writes nothing and ends with 1', async () => {
    const at = await copies()
    const { functionsInFolder } = (await at.compare()).figures
    const nothing = { lines: [`Nothing differs: ${functionsInFolder} functions.`], code: 0 }
    expect(await at.run()).toEqual(nothing)
    expect(await at.run('--check')).toEqual(nothing)
    await at.write('batch/more.sql', FUNCTION('more', '() RETURNS int', 'SELECT 1'))
    await at.change('numbers/as-double.sql', 'ELSE p_number', 'ELSE 1 * p_number')
    await at.remove('write/is-key.sql')
    await at.change('access/grants.sql', ' tidemark.is_key,', '')
    const lines = ['new: more', 'changed: as_double', 'dropped: tidemark.is_key(text,text)']
    expect(await at.run('--check')).toEqual({ lines, code: 1 })
    expect(await readMigrations(at.migrations)).toHaveLength(at.before)
    const wrote = await at.run('--name', 'three_things')
    expect(wrote).toEqual({
      lines: [...lines, expect.stringMatching(/^Wrote .*\/\d{4}_three_things\.sql$/)],
      code: 0,
    })
    expect(await at.run()).toMatchObject({ code: 0, lines: [expect.stringContaining('Nothing differs')] })
    await expect(at.run('--name', 'Three things')).rejects.toThrow('--name takes small letters')
    await expect(at.run('--chekc')).rejects.toThrow("Unknown option '--chekc'")
  })

  it('SQL-3 tells a difference in a table, writes nothing for it, and begins a migration for it when it is asked to', async () => {
    const at = await copies()
    await at.change('tables/manifest.sql', 'manifest jsonb NOT NULL', 'manifest jsonb')
    const told = await at.run()
    expect(told).toMatchObject({ code: 1, lines: ['differs: table tidemark.manifest', expect.any(String)] })
    expect(await readMigrations(at.migrations)).toHaveLength(at.before)
    const [begun] = (await at.run('--empty', '--name', 'loose_manifest')).lines
    await writeFile(
      join(at.migrations, basename(begun ?? '')),
      'ALTER TABLE tidemark.manifest ALTER COLUMN manifest DROP NOT NULL;',
    )
    expect(await at.run()).toMatchObject({ code: 0 })
  })

  it('SQL-3 writes one migration in the place of all, from which a database is made that does not differ', async () => {
    const at = await copies()
    await at.change('tables/manifest.sql', 'manifest jsonb NOT NULL', 'manifest jsonb')
    await at.change('numbers/as-double.sql', 'ELSE p_number', 'ELSE 1 * p_number')
    await addMigration(at.migrations, 'forgotten', 'SELECT 1;')
    expect(await at.run('--baseline')).toMatchObject({ code: 0 })
    expect(await readMigrations(at.migrations)).toHaveLength(1)
    expect((await at.compare()).figures).toMatchObject({ differing: 0, deadLines: 0 })
  })
})

describe('the folder', () => {
  it.each<[string, (at: Copies) => Promise<void>, string]>([
    [
      'named otherwise',
      (at) => at.write('write/x.sql', FUNCTION('y', '() RETURNS int', 'SELECT 1')),
      'call it y.sql',
    ],
    [
      'defined twice',
      (at) => at.write('batch/is-key.sql', FUNCTION('is_key', '() RETURNS int', 'SELECT 1')),
      'both define is_key',
    ],
    [
      'beside another',
      (at) =>
        at.write(
          'write/y.sql',
          `${FUNCTION('y', '() RETURNS int', 'SELECT 1')}${FUNCTION('z', '() RETURNS int', 'SELECT 1')}`,
        ),
      'has to define y and nothing else',
    ],
    [
      'without a word',
      (at) => at.change('write/is-key.sql', '-- Tells whether a constraint', 'SELECT'),
      'has to begin with a comment',
    ],
    [
      'that cannot be replaced',
      (at) => at.change('write/is-key.sql', 'CREATE OR REPLACE', 'CREATE'),
      'CREATE OR REPLACE FUNCTION',
    ],
    ['that is nothing', (at) => at.write('write/y.sql', '-- Nothing.\n'), 'has no statement'],
  ])('SQL-4 a function %s is refused with its file', async (_, change, message) => {
    const at = await copies()
    await change(at)
    await expect(readFolder(at.folder)).rejects.toThrow(message)
  })
})

it('SQL-5 lines of functions are dead where a later statement restates or drops them, and no others', () => {
  const made = (name: string, lines: number) =>
    `-- A comment.\nCREATE FUNCTION tidemark.${name}(p_one text) RETURNS int\nLANGUAGE sql AS $$\n${'  SELECT 1;\n'.repeat(lines)}$$;`
  const migrations = [
    `${made('a', 2)}--> statement-breakpoint\n${made('b', 3)}`,
    `CREATE TABLE tidemark.t (x int);\n${made('a', 1).replace('CREATE', 'CREATE OR REPLACE')}`,
    'DROP FUNCTION tidemark.b(text), tidemark.never(text);',
  ]
  expect(countDeadLines(migrations.slice(0, 1))).toBe(0)
  expect(countDeadLines(migrations.slice(0, 2))).toBe(5)
  expect(countDeadLines(migrations)).toBe(11)
  expect(countDeadLines([...migrations, made('b', 3)])).toBe(11)
  expect(countDeadLines([made('a', 1).replace('tidemark.a', '"tidemark"."a"'), made('a', 1)])).toBe(4)
})
