import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { SECRETS } from '../../support/secrets.ts'
import { sql } from './database.ts'

export const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

/**
 * Changes the storage under a tenant's object, and ends it with its sockets before anything else is let in: what found
 * no table there any more would fail where nobody listens.
 */
export async function strikeStorage(
  tenant: string,
  change: (storage: DurableObjectStorage) => Promise<void> | void,
): Promise<void> {
  let changed = false
  const struck = runInDurableObject(objectOf(tenant), (_, state) =>
    state.blockConcurrencyWhile(async () => {
      await change(state.storage)
      await state.storage.sync()
      changed = true
      state.abort('The storage was changed.')
    }),
  )
  // That it ends is what was asked for; that the change came to nothing is not.
  await struck.catch((thrown: unknown) => {
    if (!changed) throw thrown
  })
}

/** A tenant's object loses its storage. */
export const loseStorage = (tenant: string) => strikeStorage(tenant, (storage) => storage.deleteAll())

/** A token as a service would hold it. */
export function signNudge(claims: Record<string, unknown>, audience = `${env.AUTH_AUDIENCE}:nudge`) {
  const secret = audience.endsWith(':admin') ? SECRETS.AUTH_ADMIN_SECRET : SECRETS.AUTH_NUDGE_SECRET
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(env.AUTH_ISSUER)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
}

export function postNudge(token: string, query = ''): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test/sync/nudge${query}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  })
}

/** Says that something changed in a tenant's tables. */
export async function nudge(tenant: string, query = ''): Promise<void> {
  const response = await postNudge(await signNudge({ tenant }), query)
  if (response.status !== 204) throw new Error(`the nudge was answered with ${response.status}`)
}

/** The whole log of a tenant's object. */
export function logOf(tenant: string): Promise<LogEntry[]> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql
      .exec<{ entries: string }>('SELECT entries FROM log ORDER BY last_seq')
      .toArray()
      .flatMap(({ entries }): LogEntry[] => JSON.parse(entries)),
  )
}

/** How far Postgres has a tenant's log. */
export async function appliedOf(tenant: string): Promise<number> {
  const [ledger] = await sql('SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = $1', tenant)
  return Number(ledger?.['applied_seq'] ?? 0)
}

/** The committed seq as an object has stored it. */
export function committedOf(tenant: string): Promise<number> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) =>
    Number(
      storage.sql
        .exec(
          `SELECT max(
             coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'committed'), 0),
             coalesce((SELECT max(committed) FROM log), 0)
           ) AS committed`,
        )
        .one()['committed'],
    ),
  )
}

/** The tables that an object has made, and its alarm: of one that was never used there is nothing. */
export function storedOf(tenant: string): Promise<unknown[]> {
  return runInDurableObject(objectOf(tenant), async (_, { storage }) => {
    // Of the platform's own there are some in any object.
    const tables = storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
      .toArray()
    const alarm = await storage.getAlarm()
    return alarm === null ? tables : [...tables, alarm]
  })
}

/** One fact that an object keeps about itself. */
export function metaOf(tenant: string, key: string): Promise<string | undefined> {
  return runInDurableObject(
    objectOf(tenant),
    (_, { storage }) =>
      storage.sql.exec<{ value: string }>('SELECT value FROM meta WHERE key = ?', key).toArray()[0]?.value,
  )
}
