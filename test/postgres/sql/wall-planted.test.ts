import { beforeAll, expect, test } from 'vitest'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, remove, update } from '../support/edits.ts'
import { forgingEndpoint } from '../support/named-tenant.ts'
import { allOf, fillBoth, gatewaysOf, MARK, OTHER, OWN } from '../support/two-tenants.ts'

const database = useDatabase()
const endpoint = await forgingEndpoint(() => database.endpoint)

/** Conditions on the tenant, as functions have them in Postgres' words, and as the gateway writes them. */
const IN_FUNCTIONS = /\btenant_id = (?:\w+\.)?(?:p_tenant|\$1)/g
const IN_STATEMENTS = /"tenant_id" = \$1/g

/** Takes the conditions away, everywhere. What is left would be the mistake of an evening. */
beforeAll(async () => {
  await fillBoth(database)
  const found = await database.sql(
    `SELECT pg_get_functiondef(oid) AS text FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace`,
  )
  let planted = 0
  for (const { text } of found) {
    const without = String(text).replace(IN_FUNCTIONS, 'tenant_id IS NOT NULL')
    if (without === text) continue
    planted++
    await database.sql(without)
  }
  expect(planted).toBeGreaterThan(15)
  endpoint.forge({ named: OWN, text: (query) => query.replace(IN_STATEMENTS, '$1::text = $1::text') })
})

const own = () => gatewaysOf(database, OWN, endpoint.url)
const first = { after: '', limit: 10 }

test('WAL-3 what is read without its condition has the rows of the named tenant, and no others', async () => {
  const { port, history } = own()
  const place = { epoch: EPOCH, after: 1, head: 1 }
  const whole = { collection: 'assignees', after: '', upTo: undefined, limit: 10, whole: true }
  expect(await done(port.count('assignees'))).toBe(3)
  expect((await done(port.page('assignees', first))).rows).toHaveLength(3)
  const range = await done(port.range(whole, place, database.beginning))
  expect('rows' in range && range.rows.length).toBe(3)
  const polled = await done(port.poll(place, database.beginning))
  expect(polled.is === 'current' && polled.external.changes.length).toBe(3)
  expect((await done(history.page('cards', 'c1', { limit: 10 }))).entries).toHaveLength(1)
  const all = [
    await port.page('cards', first),
    await port.page('assignees', first),
    await history.edit({ epoch: EPOCH, seq: 1 }),
    await port.open(EPOCH),
  ]
  expect(JSON.stringify(all)).not.toContain(MARK)
})

test('WAL-3 what is written without its condition changes rows of the named tenant, and no others', async () => {
  const before = await allOf(database, OTHER)
  const { port } = own()
  const writes = [
    entry(2, [update('cards', 'c1', { notes: 'mine' }), insertAssignee('a2')]),
    entry(3, [remove('assignees', 'x1')]),
  ]
  expect(await done(port.apply(batchOf(writes)))).toMatchObject({ is: 'behind' })
  await done(port.changes())
  expect(await done(port.apply(batchOf(writes)))).toMatchObject({ is: 'applied', applied: 3, refusals: [] })
  expect(await allOf(database, OTHER)).toEqual(before)
  expect(await done(port.erase())).toEqual({ more: false })
  expect(Object.values(await allOf(database, OWN)).flat()).toEqual([])
  expect(await allOf(database, OTHER)).toEqual(before)
})

test('WAL-3 the same mistake of a Worker that connects as the owner does harm', async () => {
  const port = createGateway({
    connectionString: database.postgres.connectionString,
    fetchEndpoint: endpoint.url,
    tenant: () => OWN,
    app,
  })
  expect(JSON.stringify(await port.page('cards', first))).toContain(MARK)
  await done(port.erase())
  expect(Object.values(await allOf(database, OTHER)).flat()).toEqual([])
})
