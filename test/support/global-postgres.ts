import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { admitWorker } from '../../dev/application-role.ts'
import { startNeonHttp } from '../../dev/neon-http.ts'
import { startPostgres } from '../../dev/postgres.ts'
import { migrateBoard } from '../fixtures/board/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    ownerUrl: string
    neonEndpoint: string
  }
}

/** A migrated Postgres behind Neon's protocol, for tests that run inside workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
  const postgres = await startPostgres({ dataDir: join(directory, 'data') })
  const { connectionString } = postgres
  await migrateBoard(connectionString)
  const workerConnectionString = await admitWorker(connectionString)
  const neon = await startNeonHttp({ connectionString, others: [workerConnectionString] })
  project.provide('databaseUrl', workerConnectionString)
  project.provide('ownerUrl', connectionString)
  project.provide('neonEndpoint', neon.endpoint)
  return async () => {
    await neon.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
