import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as v from 'valibot'
import { CONFLICTS } from '../../src/core/app/built-in.ts'

/** What an object has stored, read from its file while it may be at work. */
export type StoredObject = {
  /** Its log, in order. */
  readonly log: readonly StoredEntry[]
  /** What its conflict records keep of the values that lost. */
  readonly lost: readonly Lost[]
  /** Whether it is to be woken at some time. */
  readonly armed: boolean
}

/** A value, or a row of values, that lost to another. */
export type Lost = { readonly collection: string; readonly id: string; readonly value: unknown }

/** How long a reader waits while the Worker writes, in ms. */
const LOCK_TIMEOUT_MS = 5_000

const textSchema = v.object({ text: v.string() })
const entrySchema = v.object({
  seq: v.number(),
  actor: v.string(),
  changes: v.array(
    v.object({
      kind: v.picklist(['insert', 'update', 'delete']),
      collection: v.string(),
      id: v.string(),
      after: v.optional(v.unknown()),
    }),
  ),
})
const logSchema = v.pipe(v.string(), v.parseJson(), v.array(entrySchema))

/** An entry of the log, with what it did to records. */
export type StoredEntry = v.InferOutput<typeof entrySchema>

const conflictSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ collection: v.string(), record: v.string(), loser: v.object({ value: v.unknown() }) }),
)

/**
 * Reads a tenant's object.
 *
 * @param objects the folder of the local Worker's storage
 */
export function readObject(objects: string, tenant: string): Promise<StoredObject> {
  return inObject(objects, tenant, (select) => {
    const texts = (query: string) => select(query).map((row) => v.parse(textSchema, row).text)
    return {
      log: texts('SELECT entries AS text FROM log ORDER BY last_seq').flatMap((text) =>
        v.parse(logSchema, text),
      ),
      lost: texts(
        `SELECT row AS text FROM record WHERE collection = '${CONFLICTS}' AND deleted_seq IS NULL`,
      ).map((text) => {
        const { collection, record, loser } = v.parse(conflictSchema, text)
        return { collection, id: record, value: loser.value }
      }),
      // Where workerd keeps an object's alarm.
      armed:
        texts('SELECT CAST(value AS TEXT) AS text FROM _cf_METADATA WHERE key = 1 AND value IS NOT NULL')
          .length > 0,
    }
  })
}

/** Rows of a query. */
export type Select = (query: string) => unknown[]

/**
 * Reads in the file of a tenant's object, at one moment.
 *
 * @param objects the folder of the local Worker's storage
 */
export async function inObject<Result>(
  objects: string,
  tenant: string,
  read: (select: Select) => Result,
): Promise<Result> {
  const folder = join(objects, 'do', 'tidemark-Tenant')
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.sqlite') || file === 'metadata.sqlite') continue
    using database = new DatabaseSync(join(folder, file), { readOnly: true, timeout: LOCK_TIMEOUT_MS })
    const select: Select = (query) => database.prepare(query).all()
    const [own] = select("SELECT value AS text FROM meta WHERE key = 'tenant'")
    if (own !== undefined && v.parse(textSchema, own).text === tenant) return read(select)
  }
  throw new Error(`no object of tenant "${tenant}" has stored anything`)
}
