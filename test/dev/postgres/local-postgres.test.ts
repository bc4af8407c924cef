import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalPostgres, startPostgres } from '../../../dev/postgres.ts'

let directory: string
let dataDir: string
let postgres: LocalPostgres

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
  // As private as a home directory: the server's own user cannot look into it.
  await chmod(directory, 0o700)
  dataDir = join(directory, 'data')
  postgres = await startPostgres({ dataDir })
})

afterAll(async () => {
  await postgres.stop()
  await rm(directory, { recursive: true, force: true })
})

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.connectionString })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('DEV-9 what was committed is there after a stop, and after a kill, on the same port', async () => {
  const { port } = postgres
  await query('CREATE TABLE kept (n integer)')
  await query('INSERT INTO kept VALUES (1)')
  await postgres.stop()
  postgres = await startPostgres({ dataDir, port })
  await query('INSERT INTO kept VALUES (2)')
  await postgres.kill()
  postgres = await startPostgres({ dataDir, port })
  expect(postgres.port).toBe(port)
  expect(await query('SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }])
})

test('DEV-10 a data directory in use, or a port that is taken, is said in the server’s own words', async () => {
  await expect(startPostgres({ dataDir })).rejects.toThrow('postmaster.pid')
  const other = join(directory, 'other')
  await expect(startPostgres({ dataDir: other, port: postgres.port })).rejects.toThrow(
    'Address already in use',
  )
})
