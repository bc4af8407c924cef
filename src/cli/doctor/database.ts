import pg from 'pg'
import { checkSchema } from '../../../dev/check-schema/check.ts'
import { declare } from '../../../dev/check-schema/declare.ts'
import { withLevel } from '../../../dev/check-schema/finding.ts'
import type { History } from '../../../dev/migration-history.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import { SCHEMA_VERSION } from '../../postgres/schema-version.ts'
import { bad, type Diagnosis, good } from './diagnosis.ts'

/** Milliseconds for a connection, within which a sleeping database has woken. */
const CONNECT_MS = 15_000

/** What a project expects of its database beside its tables. */
type Expected = { readonly histories: readonly History[]; readonly otherRoles: readonly string[] }

/** Looks at the database that the Worker writes to. */
export async function diagnoseDatabase(
  connectionString: string,
  app: TidemarkApp,
  expected: Expected,
): Promise<Diagnosis[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MS })
  try {
    await client.connect()
    const version = await readVersion(client)
    if (version === undefined || version < SCHEMA_VERSION)
      return [
        bad(
          `The database has ${version === undefined ? "not the engine's schema" : `version ${version} of the engine's schema`}, and this Worker needs ${SCHEMA_VERSION}.`,
          'Run `DATABASE_URL=... tidemark migrate`. Until then edits are taken and wait.',
        ),
      ]
    return [
      good(`The database answers, and has version ${version} of the engine's schema.`),
      ...(await diagnoseTables(connectionString, app, expected)),
    ]
  } catch (error) {
    const reason = error instanceof Error ? error.message || String(Object(error).code) : String(error)
    return [
      bad(
        `The database does not answer: ${reason}`,
        'Check DATABASE_URL, and that the database is reachable.',
      ),
    ]
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function readVersion(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query("SELECT to_regclass('tidemark.version') IS NOT NULL AS is_there")
  if (rows[0]?.is_there !== true) return undefined
  const read = await client.query<{ version: number }>('SELECT version FROM tidemark.version')
  return read.rows[0]?.version
}

async function diagnoseTables(
  connectionString: string,
  app: TidemarkApp,
  { histories, otherRoles }: Expected,
): Promise<Diagnosis[]> {
  const declared = { manifest: app.manifest, tables: declare(app, app.declared), histories, otherRoles }
  const stops = withLevel(await checkSchema(connectionString, declared, []), 'stop')
  if (stops.length === 0) return [good('Tables, columns and triggers are as the application declares them.')]
  return stops.map(({ place, message }) => bad(place, message))
}
