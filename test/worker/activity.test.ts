import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer } from '../tenant/support/peer.ts'
import { assignee, card } from '../tenant/support/samples.ts'
import { signNudge, storedOf } from '../tenant/support/tenant-world.ts'

async function ask(claims: Record<string, unknown>, path: string, method = 'GET') {
  const response = await exports.default.fetch(`https://tidemark.test/sync${path}`, {
    method,
    headers: { Authorization: `Bearer ${await signNudge(claims, 'tidemark:admin')}` },
  })
  const body: unknown = await response.json()
  return { status: response.status, body }
}

async function edited(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { notes: 'A secret title' })))
  await ada.committed(1)
  return { tenant, ada }
}

describe('the list of tenants', () => {
  it('OPS-1 tells those that a token names, or all, and the alerts that concern them', async () => {
    const one = await edited('listed')
    const other = await edited('listed-too')
    for (const { ada } of [one, other]) ada.close()
    const told = async (claims: Record<string, unknown>) => (await ask(claims, '/tenants')).body
    const both = [one, other].map(({ tenant }) =>
      expect.objectContaining({ tenant, accepted: 1, sessions: 0 }),
    )
    await expect
      .poll(() => told({ tenants: 'all' }))
      .toMatchObject({ tenants: expect.arrayContaining(both), alerts: expect.any(Array) })
    expect(await told({ tenant: one.tenant })).toMatchObject({ known: 1, tenants: [{ tenant: one.tenant }] })
  })

  it('OPS-1 is not told to a person', async () => {
    const token = await signNudge({ tenant: 'acme', sub: 'ada' }, 'tidemark')
    const response = await exports.default.fetch('https://tidemark.test/sync/tenants', {
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(401)
  })
})

describe('the activity of a tenant', () => {
  it('OPS-2 tells who is connected and what was done', async () => {
    const { tenant, ada } = await edited('busy')
    const { status, body } = await ask({ tenant }, '/tenant/activity')
    expect([status, body]).toMatchObject([
      200,
      {
        health: { state: 'ready', seq: 1 },
        points: [{ values: expect.any(Array) }],
        sessions: [{ subject: 'ada', client: ada.client, isBehind: false }],
        conflicts: [],
        entries: [
          {
            seq: 1,
            actor: ada.client,
            isCommitted: true,
            changes: [{ kind: 'insert' }, { kind: 'insert', id: 'c1', fields: { notes: 'text of 14' } }],
          },
        ],
      },
    ])
    const of = async (client: string) => (await ask({ tenant }, `/tenant/activity?client=${client}`)).body
    expect(await of('somebody')).toMatchObject({ entries: [] })
    expect(await of(ada.client)).toMatchObject({ entries: [{ seq: 1 }] })
  })

  it('OPS-3 has no value that somebody wrote, and the states that a column lists', async () => {
    const { tenant } = await edited('masked')
    const { body } = await ask({ tenant }, '/tenant/activity')
    expect(body).toMatchObject({
      entries: [
        { changes: [{}, { fields: { notes: 'text of 14', status: 'draft', targetPoints: 'number' } }] },
      ],
    })
    expect(JSON.stringify(body)).not.toContain('secret')
  })

  it('OPS-2 is told to a token for the tenant alone, and asking makes none', async () => {
    const tenant = newTenant('nowhere')
    expect((await ask({ tenants: 'all' }, '/tenant/activity')).status).toBe(401)
    expect((await ask({ tenants: [tenant, 'other'] }, '/tenant/activity')).status).toBe(400)
    expect((await ask({ tenant }, '/tenant/activity')).status).toBe(404)
    expect(await storedOf(tenant)).toEqual([])
  })
})

describe('what an operator has an object do', () => {
  it.each(['poll', 'compare', 'rehydrate'])('OPS-4 %s of a tenant that is not there is 404', async (act) => {
    const tenant = newTenant('nowhere')
    expect((await ask({ tenant }, `/tenant/${act}`, 'POST')).status).toBe(404)
    expect(await storedOf(tenant)).toEqual([])
  })

  it('OPS-4 a poll brings what others changed in Postgres, and a comparison what left no trace', async () => {
    const { tenant } = await edited('polled')
    await sql("UPDATE cards SET notes = 'By SQL' WHERE tenant_id = $1", tenant)
    expect((await ask({ tenant }, '/tenant/poll', 'POST')).status).toBe(200)
    const { body } = await ask({ tenant }, '/tenant/activity')
    expect(body).toMatchObject({ entries: [{ seq: 2, actor: 'sql' }, { seq: 1 }] })
    expect((await ask({ tenant }, '/tenant/compare', 'POST')).status).toBe(200)
  })

  it('OPS-4 one that is loaded anew has its rows, and another log', async () => {
    const { tenant } = await edited('anew')
    expect((await ask({ tenant }, '/tenant/rehydrate', 'POST')).status).toBe(200)
    expect((await ask({ tenant }, '/tenant/activity')).body).toMatchObject({
      health: { state: 'ready', loading: false, sessions: 0 },
      entries: [],
    })
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    expect(await ben.follow(1, { collection: 'cards' })).toEqual([
      expect.arrayContaining(['c1', 'N-c1', 'a1']),
    ])
  })
})
