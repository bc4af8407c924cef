import { exports } from 'cloudflare:workers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer } from '../tenant/support/peer.ts'
import { watchPostgres } from '../tenant/support/postgres-calls.ts'
import { assignee } from '../tenant/support/samples.ts'
import { signNudge, storedOf } from '../tenant/support/tenant-world.ts'

const REQUESTS = [
  ['POST', '/drain'],
  ['GET', '/health'],
  ['GET', '/export'],
  ['POST', '/forget'],
  ['POST', '/forget?force=true'],
  ['DELETE', ''],
] as const

async function operate(tenant: string, method: string, path: string): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    method,
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
  })
}

/** What is kept about a tenant in its object and in Postgres. */
async function tracesOf(tenant: string): Promise<unknown[]> {
  return [
    ...(await storedOf(tenant)),
    ...(await sql('SELECT 1 FROM tidemark.ledger WHERE tenant_id = $1', tenant)),
  ]
}

/** Somebody else's rows of a tenant that nobody has opened. */
async function writtenBySql(name: string): Promise<string> {
  const tenant = newTenant(name)
  await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Carl')", tenant)
  return tenant
}

it('CRD-11 each call of an operator is one line: who, by which token, what of which tenant, and the answer', async () => {
  const tenant = newTenant('noted')
  await Peer.join({ sub: 'ada', tenant })
  const log = vi.spyOn(console, 'log').mockReturnValue()
  onTestFinished(() => log.mockRestore())
  const ask = async (path: string, method: string, token: string, body?: string) =>
    (
      await exports.default.fetch(`https://tidemark.test${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
        ...(body !== undefined && { body }),
      })
    ).text()
  const token = await signNudge({ tenant, sub: 'ops', jti: 'token-1' }, 'tidemark:admin')
  await ask('/sync/tenant/drain', 'POST', token)
  await ask('/sync/tenant/revoke', 'POST', token, '{"sub":"somebody"}')
  await ask('/sync/tenant/made-up', 'POST', token)
  await ask('/sync/tenant', 'DELETE', await signNudge({ tenant: newTenant('nowhere') }, 'tidemark:admin'))
  await ask('/sync/tenant/drain', 'POST', 'nonsense')
  const several = { tenants: [tenant], sub: 'ops', jti: 'token-2' }
  await ask('/sync/revoke', 'POST', await signNudge(several, 'tidemark:admin'), '{"sub":"somebody"}')
  const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('administered'))
  const who = { event: 'administered', tenant, by: 'ops', token: 'token-1' }
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { ...who, act: 'POST drain', status: 200 },
    { ...who, act: 'POST revoke', status: 200 },
    { ...who, act: 'nothing there', status: 404 },
    {
      event: 'administered',
      tenant: expect.stringContaining('nowhere'),
      by: '',
      token: '',
      act: 'DELETE tenant',
      status: 404,
    },
    { ...who, token: 'token-2', act: 'POST revoke', status: 200 },
  ])
  expect(lines.join()).not.toContain('somebody')
})

describe('a request about a tenant', () => {
  it.each(REQUESTS)(
    'EDG-30 %s %s of one that does not exist is answered with 404 and makes none',
    async (method, path) => {
      const tenant = newTenant('nowhere')
      const response = await operate(tenant, method, path)
      expect([response.status, await response.json()]).toEqual([
        404,
        { code: 'unknown-tenant', message: 'There is no such tenant.' },
      ])
      expect(await tracesOf(tenant)).toEqual([])
    },
  )

  it('EDG-30 a name that looks like SQL is only a name', async () => {
    await writtenBySql('somebody')
    expect((await operate("' OR true --", 'POST', '/drain')).status).toBe(404)
  })

  it('EDG-30 that is gone is answered with 404, too, and whoever opens it again has an empty one', async () => {
    const tenant = newTenant('gone')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    expect((await operate(tenant, 'DELETE', '')).status).toBe(200)
    expect((await operate(tenant, 'DELETE', '')).status).toBe(404)
    const ben = await Peer.open({ sub: 'ben', tenant })
    await ben.hello()
    expect(await ben.follow(1, { collection: 'assignees' })).toEqual([])
  })

  it('EDG-31 of which only rows in Postgres exist is answered: they are loaded and exported', async () => {
    const tenant = await writtenBySql('rows-only')
    const lines = (await (await operate(tenant, 'GET', '/export')).text()).trimEnd().split('\n')
    expect(lines.slice(1).map((line) => JSON.parse(line))).toMatchObject([
      { collection: 'assignees', row: { id: 'a1', name: 'Carl' } },
      { end: true, rows: 1 },
    ])
  })

  it('EDG-31 of which only rows in Postgres exist is deleted', async () => {
    const tenant = await writtenBySql('rows-deleted')
    expect((await operate(tenant, 'DELETE', '')).status).toBe(200)
    expect(await sql('SELECT 1 FROM assignees WHERE tenant_id = $1', tenant)).toEqual([])
  })

  it('EDG-31 whose object was emptied can be asked again', async () => {
    const tenant = newTenant('emptied')
    await Peer.join({ sub: 'ada', tenant })
    for (let i = 0; i < 2; i++) expect((await operate(tenant, 'POST', '/forget')).status).toBe(200)
    expect((await operate(tenant, 'POST', '/drain')).status).toBe(200)
  })

  it('EDG-31 nobody has opened is not answered while Postgres is away, and nothing is made', async () => {
    const tenant = newTenant('who-knows')
    const postgres = watchPostgres()
    onTestFinished(postgres.stop)
    postgres.fail(tenant)
    const response = await operate(tenant, 'GET', '/export')
    expect([response.status, await response.json()]).toMatchObject([503, { waiting: 0 }])
    postgres.fail(undefined)
    expect(await tracesOf(tenant)).toEqual([])
  })
})
