import { runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Row } from '../../../src/protocol/value.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer, sign } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { metaOf, objectOf, signNudge, storedOf } from '../support/tenant-world.ts'

const ADMIN = 'tidemark:admin'

async function operate(tenant: string, method: string, path: string): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    method,
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, ADMIN)}` },
  })
}

async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { reactions: 1 })))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

/** How many rows the tables of a tenant's object hold. */
const rowsInObject = (tenant: string) =>
  runInDurableObject(objectOf(tenant), (_, { storage }) =>
    ['meta', 'record', 'log', 'mark'].reduce(
      (sum, table) => sum + storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n,
      0,
    ),
  )

let calls: PostgresCalls

beforeEach(() => {
  calls = watchPostgres()
})

afterEach(() => {
  calls.stop()
})

describe('draining a tenant', () => {
  it('LIF-1 answers once everything accepted by then is in Postgres, and changes nothing else', async () => {
    const { tenant, ada } = await withCard('drained')
    await ada.push(ada.edit(change('c1', { notes: { set: 'on its way' } })))
    const response = await operate(tenant, 'POST', '/drain')
    expect([response.status, await response.json()]).toEqual([200, { seq: 2 }])
    expect(await cardsOf(tenant)).toMatchObject([{ notes: 'on its way' }])
    expect(ada.closed).toBeUndefined()
  })
})

describe('exporting a tenant', () => {
  it('LIF-2 gives the state at one place of the log, whatever is edited meanwhile', async () => {
    const { tenant, ada } = await withCard('exported')
    const ids = Array.from({ length: 700 }, (_, i) => `c-${String(i).padStart(4, '0')}`)
    for (let i = 0; i < ids.length; i += 100) {
      await ada.push(ada.edit(...ids.slice(i, i + 100).map((id) => assignee(id))))
    }
    const response = await operate(tenant, 'GET', '/export')
    expect(response.headers.get('Content-Type')).toBe('application/x-ndjson')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    if (!reader) throw new Error('an export has a body')
    let text = (await reader.read()).value ?? ''
    await ada.push(
      ada.edit(change('c1', { reactions: { add: 1 } })),
      ada.edit({ op: 'delete', collection: 'assignees', id: 'c-0600' }, assignee('c-9999')),
    )
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line): Row => JSON.parse(line))
    const rows = lines.slice(1, -1)
    expect(lines[0]).toMatchObject({ tenant, epoch: ada.epoch, seq: 8 })
    expect(lines.at(-1)).toEqual({ end: true, rows: 702 })
    const exported = rows.map((line) => JSON.stringify(line))
    expect(exported).toHaveLength(702)
    expect(exported.filter((line) => line.includes('c-0600'))).toHaveLength(1)
    expect(exported.filter((line) => line.includes('c-9999'))).toHaveLength(0)
    expect(exported.find((line) => line.includes('"c1"'))).toContain('"reactions":1')
  })
})

describe('forgetting a tenant', () => {
  it('LIF-4 brings everything to Postgres, empties the object, and who comes next begins a new epoch', async () => {
    const { tenant, ada } = await withCard('forgotten')
    await ada.push(ada.edit(change('c1', { notes: { set: 'the last word' } })))
    const response = await operate(tenant, 'POST', '/forget')
    expect([response.status, await response.json()]).toEqual([200, { seq: 2 }])
    expect(await ada.untilClosed()).toMatchObject({ code: 4503 })
    expect(await rowsInObject(tenant)).toBe(0)

    const ben = await Peer.join({ sub: 'ben', tenant })
    expect(ben.epoch).not.toBe(ada.epoch)
    expect(JSON.stringify(ben.frames)).toContain('the last word')
    const again = await Peer.open({ sub: 'ada', tenant }, ada.client)
    expect((await again.hello())[1]).toMatchObject({ known: 2 })
  })

  it('LIF-5 changes nothing while Postgres does not have everything, unless it is forced', async () => {
    const { tenant, ada } = await withCard('not-yet')
    calls.fail('tidemark.')
    expect(await ada.push(ada.edit(change('c1', { notes: { set: 'only here' } })))).toMatchObject([
      { is: 'accepted' },
    ])
    const refused = await operate(tenant, 'POST', '/forget?wait=0')
    expect([refused.status, await refused.json()]).toMatchObject([503, { waiting: 1 }])
    expect(await metaOf(tenant, 'epoch')).toBe(ada.epoch)
    const drained = await operate(tenant, 'POST', '/drain?wait=0')
    expect([drained.status, await drained.json()]).toMatchObject([503, { waiting: 1 }])
    expect((await operate(tenant, 'POST', '/drain?wait=soon')).status).toBe(400)
    const forced = await operate(tenant, 'POST', '/forget?force=true')
    expect(forced.status).toBe(200)
    expect(await rowsInObject(tenant)).toBe(0)
  })
})

describe('deleting a tenant', () => {
  it('LIF-6 leaves nothing of it and everything of another, and ends its clients for good', async () => {
    const { tenant, ada } = await withCard('deleted')
    const other = await withCard('other')
    const response = await operate(tenant, 'DELETE', '')
    expect(response.status).toBe(200)
    expect(await ada.untilClosed()).toMatchObject({ code: 4403 })
    expect(await rowsInObject(tenant)).toBe(0)
    const tables = [
      'cards',
      'assignees',
      ...['history', 'client_mark', 'ledger', 'sync_change', 'epoch'].map((name) => `tidemark.${name}`),
    ]
    for (const table of tables) {
      const rows = await sql(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, tenant)
      expect([table, rows.length]).toEqual([table, 0])
    }
    expect(await cardsOf(other.tenant)).toHaveLength(1)
    expect(other.ada.closed).toBeUndefined()
    await expect(
      sql('DELETE FROM tidemark.history_batch WHERE tenant_id = $1', other.tenant),
    ).rejects.toThrow('only ever')
  })
})

describe('a request about a whole tenant', () => {
  it.each([
    ['POST', '/drain'],
    ['GET', '/export'],
    ['POST', '/forget'],
    ['DELETE', ''],
  ])('LIF-7 %s %s needs a token for administration', async (method, path) => {
    const tenant = newTenant('guarded')
    const tokens = ['nonsense', await sign({ sub: 'ada', tenant }), await signNudge({ tenant })]
    for (const token of tokens) {
      const response = await exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
      })
      expect(response.status).toBe(401)
    }
    expect(await storedOf(tenant)).toEqual([])
  })
})
