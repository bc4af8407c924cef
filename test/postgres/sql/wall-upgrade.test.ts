import { expect, test } from 'vitest'
import { admitWorker, workerConnection } from '../../../dev/application-role.ts'
import { earlierHistory } from '../../../dev/harness/earlier-history.ts'
import { migrate } from '../../../dev/migrate.ts'
import { ENGINE } from '../../../dev/migration-history.ts'
import { startNeonHttp } from '../../../dev/neon-http.ts'
import type { PostgresPort } from '../../../src/core/outbox/postgres-port.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { BOARD_HISTORY, migrateBoard } from '../../fixtures/board/migrate.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import {
  batchOf,
  done,
  EPOCH,
  entry,
  insertAssignee,
  insertCard,
  rowChanges,
  update,
} from '../support/edits.ts'
import { forgingEndpoint } from '../support/named-tenant.ts'

const TENANT = 'upgraded'

const database = useDatabase()

/** Where the installation of a test has its endpoint. */
let place = ''
const endpoint = await forgingEndpoint(() => place)

/** A database as an installation from before the wall has it, with Workers from before and after in front of it. */
async function installation(name: string) {
  await database.sql(`CREATE DATABASE ${name}`)
  const owner = Object.assign(new URL(database.postgres.connectionString), { pathname: `/${name}` }).href
  const worker = workerConnection(owner)
  const before = [await earlierHistory(ENGINE, 1), await earlierHistory(BOARD_HISTORY, 2)]
  await migrate(owner, before)
  for (const history of before) await history.remove()
  const neon = await startNeonHttp({ connectionString: owner, others: [worker] })
  const session = await database.session({ pathname: `/${name}` })
  place = neon.endpoint
  // The driver knows one endpoint for a host, so all go by the one.
  const gateway = (connectionString: string) =>
    createGateway({ connectionString, fetchEndpoint: endpoint.url, tenant: () => TENANT, app })
  const gateways = { owner: gateway(owner), role: gateway(worker) }
  return {
    owner,
    sql: async (text: string) => (await session.query(text)).rows,
    /** A Worker from before the wall, which names no tenant, or from after it, under one of its two connections. */
    worker(from: 'before' | 'after', as: keyof typeof gateways) {
      endpoint.forge(from === 'before' ? { named: undefined } : undefined)
      return gateways[as]
    },
    stop: () => neon.stop(),
  }
}

const edit = (seq: number) => batchOf([entry(seq, [update('assignees', 'a1', { city: `c${seq}` })])])

test('WAL-10 an installation is upgraded in its steps, and each Worker goes on or waits, and loses nothing', async () => {
  const at = await installation('upgrade')
  // The new Worker has come before its schema.
  let { cursor } = await done(at.worker('after', 'owner').open(EPOCH))
  const apply = async (port: PostgresPort, batch: ReturnType<typeof batchOf>) => {
    const answer = await done(port.apply(batch, cursor))
    if (!('external' in answer)) throw new Error(`the log does not fit: ${answer.is}`)
    cursor = answer.external.cursor
    return answer
  }
  const made = batchOf([entry(1, [insertAssignee('a1'), insertCard('c1')])])
  expect(await apply(at.worker('after', 'owner'), made)).toMatchObject({ is: 'applied', applied: 1 })
  expect(await apply(at.worker('before', 'owner'), edit(2))).toMatchObject({ is: 'applied', applied: 2 })
  await at.sql(`INSERT INTO assignees (tenant_id, id, name) VALUES ('${TENANT}', 'x1', 'before')`)

  await migrateBoard(at.owner)

  const read = await apply(at.worker('before', 'owner'), edit(3))
  expect(read).toMatchObject({ is: 'applied', applied: 3 })
  expect(rowChanges(read.external.changes)).toMatchObject([{ kind: 'insert', id: 'x1' }])
  await at.sql('ALTER ROLE tidemark_app NOLOGIN')
  expect(await at.worker('after', 'role').apply(edit(4), cursor)).toMatchObject({ ok: false })
  await admitWorker(at.owner)
  const waits = await at.worker('before', 'role').apply(edit(4), cursor)
  expect(waits).toMatchObject({ ok: false, failure: 'structural' })
  expect(await apply(at.worker('after', 'role'), edit(4))).toMatchObject({
    is: 'applied',
    applied: 4,
    refusals: [],
  })
  expect(await apply(at.worker('after', 'role'), edit(5))).toMatchObject({ applied: 5 })
  expect(await at.sql(`SELECT city FROM assignees WHERE tenant_id = '${TENANT}' AND id = 'a1'`)).toEqual([
    { city: 'c5' },
  ])
  await at.stop()
})

test('WAL-10 edits and other writers go on while the schema is upgraded, and each change is read once', async () => {
  const at = await installation('busy')
  let { cursor } = await done(at.worker('before', 'owner').open(EPOCH))
  const told: string[] = []
  let isDone = false
  const write = async () => {
    let applied = 0
    while (!isDone || applied < 12) {
      const batch = applied === 0 ? batchOf([entry(1, [insertAssignee('a1')])]) : edit(applied + 1)
      // A call without an answer is repeated, as an object does.
      const answer = await at.worker('before', 'owner').apply(batch, cursor)
      if (!answer.ok) continue
      if (!('external' in answer.value)) throw new Error(`the log does not fit: ${answer.value.is}`)
      applied = answer.value.applied
      cursor = answer.value.external.cursor
      told.push(...rowChanges(answer.value.external.changes).map(({ id }) => id))
    }
    return applied
  }
  const others = async () => {
    let written = 0
    while (!isDone || written < 12)
      await at.sql(`INSERT INTO assignees (tenant_id, id, name) VALUES ('${TENANT}', 'x${++written}', '')`)
    return written
  }
  const [applied, written] = await Promise.all([
    write(),
    others(),
    migrateBoard(at.owner).finally(() => {
      isDone = true
    }),
  ])
  const polled = await done(
    at.worker('before', 'owner').poll({ epoch: EPOCH, after: applied, head: applied }, cursor),
  )
  if (polled.is !== 'current') throw new Error(polled.is)
  told.push(...rowChanges(polled.external.changes).map(({ id }) => id))
  expect(told.toSorted()).toEqual(Array.from({ length: written }, (_, place) => `x${place + 1}`).toSorted())
  await at.stop()
})
