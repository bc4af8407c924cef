import { expect, onTestFinished, test } from 'vitest'
import { admitWorker } from '../../../dev/application-role.ts'
import { checkWall } from '../../../dev/check-schema/wall/check-wall.ts'
import { startNeonHttp } from '../../../dev/neon-http.ts'
import { createAllTenantsGateway } from '../../../src/postgres/all-tenants.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { migrateBoard } from '../../fixtures/board/migrate.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, rowChanges } from '../support/edits.ts'

const database = useDatabase()
const TABLES = ['assignees', 'cards', 'prizes', 'board_settings']

/** A database whose owner may make roles and nothing else, as with a provider, and the Worker let in by that owner. */
async function keptByAnOwner() {
  await database.sql(
    `CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'x';
     GRANT tidemark_app TO keeper WITH ADMIN OPTION, INHERIT FALSE`,
  )
  await database.sql('CREATE DATABASE kept OWNER keeper')
  const as = { username: 'keeper', password: 'x', pathname: '/kept' }
  const owner = Object.assign(new URL(database.postgres.connectionString), as).href
  await migrateBoard(owner)
  const worker = await admitWorker(owner)
  const neon = await startNeonHttp({ connectionString: owner, others: [worker] })
  onTestFinished(() => neon.stop())
  const call = { connectionString: worker, fetchEndpoint: neon.endpoint }
  return {
    session: await database.session(as),
    gateway: (tenant: string) => createGateway({ ...call, tenant: () => tenant, app }),
    all: createAllTenantsGateway(call),
  }
}

test('WAL-10 an owner who is no superuser migrates, and all goes on behind the wall: edits, other writers, the sweep', async () => {
  const { session, gateway, all } = await keptByAnOwner()
  await session.query('BEGIN')
  expect(await checkWall(session, TABLES)).toEqual([])
  await session.query('ROLLBACK')
  const port = gateway('kept')
  const { cursor } = await done(port.open(EPOCH))
  const first = batchOf([entry(1, [insertAssignee('a1')])])
  expect(await done(port.apply(first, cursor))).toMatchObject({ is: 'applied', applied: 1 })
  await session.query(
    "INSERT INTO assignees (tenant_id, id, name) VALUES ('kept', 'x1', ''), ('other', 'x2', '')",
  )
  await session.query('TRUNCATE assignees CASCADE')
  expect(await done(all.changed('', ['kept', 'other']))).toMatchObject({ tenants: ['kept', 'other'] })
  const polled = await done(port.poll({ epoch: EPOCH, after: 1, head: 1 }, cursor))
  if (polled.is !== 'current') throw new Error(polled.is)
  expect(rowChanges(polled.external.changes).map(({ kind, id }) => [kind, id])).toEqual([
    ['insert', 'x1'],
    ['delete', 'a1'],
    ['delete', 'x1'],
  ])
  // Nothing is a day old yet.
  expect(await done(all.prune(1, 10))).toBe(0)
  expect(await done(port.erase())).toEqual({ more: false })
  expect((await session.query("SELECT FROM tidemark.ledger WHERE tenant_id = 'kept'")).rows).toEqual([])
  expect(
    (await session.query("SELECT FROM tidemark.sync_change WHERE tenant_id = 'other'")).rows,
  ).toHaveLength(2)
})
