import { exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer, sign } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { metaOf, nudge, signNudge } from '../support/tenant-world.ts'

let calls: PostgresCalls

beforeEach(() => {
  calls = watchPostgres()
})

afterEach(() => {
  calls.stop()
})

async function operate(tenant: string, method: string, path = ''): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    method,
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
  })
}

async function read(tenant: string): Promise<Response> {
  const query = encodeURIComponent(JSON.stringify({ collection: 'cards' }))
  return exports.default.fetch(`https://tidemark.test/sync/query?q=${query}`, {
    headers: { Authorization: `Bearer ${await sign({ sub: 'ada', tenant })}` },
  })
}

/** A tenant with an edit that Postgres has not got, and does not get before `calls` let it through. */
async function withEditOnItsWay(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { reactions: 1 })))
  await ada.committed(1)
  calls.fail('tidemark.apply_batch')
  await ada.push(ada.edit(change('c1', { notes: { set: 'only here' } })))
  return { tenant, ada }
}

const rowsIn = async (table: string, tenant: string) =>
  (await sql(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, tenant)).length

/** Begins to delete a tenant, up to where Postgres is asked to, and holds that up until it is released. */
async function beginToDelete(tenant: string, ada: Peer) {
  const release = calls.hold('tidemark.erase_tenant')
  const deleted = operate(tenant, 'DELETE')
  await ada.untilClosed()
  await expect.poll(() => calls.about('tidemark.erase_tenant').length).toBe(1)
  return { release, deleted }
}

describe('while a tenant is deleted', () => {
  it('LCS-4 a socket is told to come back', async () => {
    const { tenant, ada } = await withEditOnItsWay('visited')
    const { release, deleted } = await beginToDelete(tenant, ada)
    const visitor = await Peer.open({ sub: 'ben', tenant })
    expect((await visitor.next('error'))[1]).toMatchObject({ code: 'busy', retryAfterMs: 5_000 })
    expect(await visitor.untilClosed()).toMatchObject({ code: 4503 })
    release()
    expect((await deleted).status).toBe(200)
  })

  it('LCS-6 no nudge, no reader and no visitor makes the object call Postgres', async () => {
    const { tenant, ada } = await withEditOnItsWay('deleting')
    const { release, deleted } = await beginToDelete(tenant, ada)
    const before = calls.about('tidemark.').length
    expect(await (await operate(tenant, 'GET', '/health')).json()).toMatchObject({ seq: 2, committed: 1 })

    await nudge(tenant)
    await nudge(tenant, '?compare')
    expect((await read(tenant)).status).toBe(200)
    await (await Peer.open({ sub: 'ben', tenant })).untilClosed()
    expect(calls.about('tidemark.')).toHaveLength(before)

    release()
    expect((await deleted).status).toBe(200)
    for (const table of ['cards', 'assignees', 'tidemark.ledger'])
      expect([table, await rowsIn(table, tenant)]).toEqual([table, 0])
    expect(await metaOf(tenant, 'tenant')).toBeUndefined()
  })

  it('LCS-5 another request for the whole tenant is told to be repeated, and lets nobody in before the first is done', async () => {
    const { tenant, ada } = await withEditOnItsWay('twice')
    const { release, deleted } = await beginToDelete(tenant, ada)
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/forget?wait=0'],
      ['POST', '/forget?force=true'],
      ['POST', '/drain?wait=0'],
      ['GET', '/export?wait=0'],
    ] as const) {
      const refused = await operate(tenant, method, path)
      const { message } = await refused.json<{ message: string }>()
      expect([method, path, refused.status, message]).toEqual([
        method,
        path,
        503,
        'Another request is moving or deleting the tenant; repeat this one when that is answered.',
      ])
    }
    const visitor = await Peer.open({ sub: 'ben', tenant })
    expect(await visitor.untilClosed()).toMatchObject({ code: 4503 })
    release()
    expect((await deleted).status).toBe(200)
  })
})

it('LCS-7 a tenant whose closing comes to nothing goes on where it was', async () => {
  const { tenant, ada } = await withEditOnItsWay('reopened')
  calls.fail('tidemark.')
  expect((await operate(tenant, 'POST', '/forget?wait=0')).status).toBe(503)
  expect(await ada.untilClosed()).toMatchObject({ code: 4503 })
  calls.fail('tidemark.erase_tenant')
  expect((await operate(tenant, 'DELETE')).status).toBe(503)
  calls.fail(undefined)

  const again = await Peer.open({ sub: 'ada', tenant }, ada.client)
  expect((await again.hello())[1]).toMatchObject({ epoch: ada.epoch, known: 2 })
  await nudge(tenant)
  expect((await operate(tenant, 'POST', '/drain')).status).toBe(200)
  expect(await cardsOf(tenant)).toMatchObject([{ notes: 'only here' }])
})
