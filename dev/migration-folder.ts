import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'

const journalSchema = v.object({
  version: v.string(),
  dialect: v.string(),
  entries: v.array(
    v.object({
      idx: v.number(),
      version: v.string(),
      when: v.number(),
      tag: v.string(),
      breakpoints: v.boolean(),
    }),
  ),
})
const snapshotSchema = v.looseObject({ id: v.string() })

/** The text of every migration, in order. */
export async function readMigrations(folder: string): Promise<string[]> {
  const { entries } = await readJson(journalOf(folder), journalSchema)
  return Promise.all(entries.map(({ tag }) => readFile(join(folder, `${tag}.sql`), 'utf8')))
}

/**
 * Adds a migration at the end, in the files that Drizzle keeps: the SQL, the journal's entry, and, where it
 * declares tables, the snapshot of these, which stays as it was. Returns the path of the SQL.
 */
export async function addMigration(folder: string, name: string, text: string): Promise<string> {
  const journal = await readJson(journalOf(folder), journalSchema)
  const last = journal.entries.at(-1)
  if (!last) throw new Error(`${folder} has no migration yet: start with drizzle-kit generate`)
  const idx = last.idx + 1
  const number = (index: number) => String(index).padStart(4, '0')
  const tag = `${number(idx)}_${name}`
  const newest = await newestSnapshot(folder)
  if (newest !== undefined) {
    const snapshot = await readJson(newest, snapshotSchema)
    const copy = { ...snapshot, id: randomUUID(), prevId: snapshot.id }
    await writeJson(join(folder, 'meta', `${number(idx)}_snapshot.json`), copy)
  }
  await writeFile(join(folder, `${tag}.sql`), text)
  // Migrations apply in the order of their times: a clock that went back must not hide this one.
  const entry = { ...last, idx, when: Math.max(Date.now(), last.when + 1), tag }
  await writeJson(journalOf(folder), { ...journal, entries: [...journal.entries, entry] })
  return join(folder, `${tag}.sql`)
}

/**
 * Puts one migration in the place of all that a folder has. What a database has applied of those is no beginning
 * of the new ones: the time of the new one is later. Returns the path of the SQL.
 */
export async function beginMigrations(folder: string, name: string, text: string): Promise<string> {
  const { entries, ...journal } = await readJson(journalOf(folder), journalSchema)
  for (const { tag } of entries) await rm(join(folder, `${tag}.sql`))
  const tag = `0000_${name}`
  await writeFile(join(folder, `${tag}.sql`), text)
  const when = Math.max(Date.now(), (entries.at(-1)?.when ?? 0) + 1)
  const first = { idx: 0, version: journal.version, when, tag, breakpoints: true }
  await writeJson(journalOf(folder), { ...journal, entries: [first] })
  return join(folder, `${tag}.sql`)
}

/** SQL written by hand leaves Drizzle's tables as they are, and may have no snapshot of its own. */
async function newestSnapshot(folder: string): Promise<string | undefined> {
  const meta = join(folder, 'meta')
  const newest = (await readdir(meta))
    .filter((name) => name.endsWith('_snapshot.json'))
    .sort()
    .at(-1)
  return newest && join(meta, newest)
}

function journalOf(folder: string): string {
  return join(folder, 'meta', '_journal.json')
}

async function readJson<Output>(path: string, schema: v.GenericSchema<unknown, Output>): Promise<Output> {
  return v.parse(schema, JSON.parse(await readFile(path, 'utf8')))
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value, null, 2))
}
