import pg from 'pg'

/** The role that the Worker connects as: it owns nothing, and the policies of Postgres bind it. */
export const APPLICATION_ROLE = 'tidemark_app'

/** Reachable from this machine only, so the password guards against mistakes and not against people. */
const PASSWORD = 'tidemark-app'

/**
 * Lets the Worker into a Postgres of ours, once it is migrated: gives its role a password.
 *
 * @param owner the connection string of the owner
 * @returns the connection string of the Worker
 */
export async function admitWorker(owner: string): Promise<string> {
  const client = new pg.Client({ connectionString: owner })
  await client.connect()
  try {
    await client.query(`ALTER ROLE ${APPLICATION_ROLE} LOGIN PASSWORD '${PASSWORD}'`)
  } finally {
    await client.end()
  }
  return workerConnection(owner)
}

/** The connection string of a Worker that was let in. */
export function workerConnection(owner: string): string {
  return Object.assign(new URL(owner), { username: APPLICATION_ROLE, password: PASSWORD }).href
}
