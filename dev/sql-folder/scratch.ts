import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../postgres.ts'

/** Gives the connection string of a Postgres that is there for the time of the work. */
export async function withServer<Result>(
  work: (connectionString: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-sql-'))
  try {
    const postgres = await startPostgres({ dataDir: join(directory, 'data') })
    try {
      return await work(postgres.connectionString)
    } finally {
      await postgres.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Gives a new database of a server, which is dropped after the work. */
export async function withDatabase<Result>(
  server: string,
  name: string,
  work: (client: pg.Client, connectionString: string) => Promise<Result>,
): Promise<Result> {
  const connectionString = Object.assign(new URL(server), { pathname: `/${name}` }).href
  await withClient(server, (client) => client.query(`CREATE DATABASE ${name}`))
  try {
    return await withClient(connectionString, (client) => work(client, connectionString))
  } finally {
    await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
  }
}

async function withClient<Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
