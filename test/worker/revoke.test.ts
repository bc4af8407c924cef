import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../src/protocol/errors.ts'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer, type Person, sign, upgrade } from '../tenant/support/peer.ts'
import { assignee } from '../tenant/support/samples.ts'
import { loseStorage, objectOf, signNudge } from '../tenant/support/tenant-world.ts'
import { wayToPostgres } from '../tenant/support/way-to-postgres.ts'

const ENDED = { code: CLOSE.auth, reason: 'revoked' }

const seconds = () => Math.floor(Date.now() / 1_000)

async function admin(path: string, claims: object, body?: unknown): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await signNudge({ ...claims }, 'tidemark:admin')}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** Revokes, and says how many sessions that has ended. */
async function revoke(tenant: string, what: object): Promise<number> {
  const response = await admin('/sync/tenant/revoke', { tenant }, what)
  const { sessions }: { sessions: number } = await response.json()
  expect(response.status).toBe(200)
  return sessions
}

/** Somebody whose token was issued a minute ago. */
const earlier = (person: Person): Person => ({ ...person, age: 60 })

const get = (path: string, token: string) =>
  exports.default.fetch(`https://tidemark.test${path}`, { headers: { Authorization: `Bearer ${token}` } })

/** The close of a socket that is opened with a token. */
async function closeOf(person: Person): Promise<{ code: number; reason: string }> {
  return (await Peer.open(person)).untilClosed()
}

/** What Postgres has of a tenant's revocations. */
const keptOf = (tenant: string) =>
  sql('SELECT kind, name FROM tidemark.revocation WHERE tenant_id = $1 ORDER BY kind, name', tenant)

describe('a revocation', () => {
  it('REV-1 of a person ends all sessions whose tokens were issued before, and nobody else’s', async () => {
    const tenant = newTenant('revoked')
    const sessions = [
      await Peer.join(earlier({ sub: 'ada', tenant })),
      await Peer.join({ sub: 'ada', tenant }),
    ]
    const ben = await Peer.join(earlier({ sub: 'ben', tenant }))
    expect(await revoke(tenant, { sub: 'ada' })).toBe(2)
    for (const session of sessions) expect(await session.untilClosed()).toEqual(ENDED)
    expect(await ben.push(ben.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
    expect(await closeOf(earlier({ sub: 'ada', tenant }))).toEqual(ENDED)
  })

  it('REV-1 leaves tokens that were issued after it', async () => {
    const tenant = newTenant('revoked-before')
    const old = await Peer.join(earlier({ sub: 'ada', tenant }))
    const fresh = await Peer.join({ sub: 'ada', tenant })
    expect(await revoke(tenant, { sub: 'ada', issuedBefore: seconds() - 30 })).toBe(1)
    expect(await old.untilClosed()).toEqual(ENDED)
    expect(await fresh.push(fresh.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
    old.close()
    const back = await Peer.join({ sub: 'ada', tenant })
    expect(back.closed).toBeUndefined()
  })

  it.each([
    ['sid', 'sign-in-1'],
    ['jti', 'token-1'],
  ] as const)('REV-1 of one %s ends what has it', async (kind, name) => {
    const tenant = newTenant('revoked-one')
    const lost = await Peer.join({ sub: 'ada', tenant, [kind]: name })
    const kept = await Peer.join({ sub: 'ada', tenant, [kind]: 'another' })
    expect(await revoke(tenant, { [kind]: name })).toBe(1)
    expect(await lost.untilClosed()).toEqual(ENDED)
    expect(await closeOf({ sub: 'ada', tenant, [kind]: name })).toEqual(ENDED)
    expect(await kept.push(kept.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
  })

  it('REV-2 ends what reads without a session, its past, and frames beside a stream', async () => {
    const tenant = newTenant('revoked-reads')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    const token = await sign(earlier({ sub: 'ada', tenant, jti: 'j' }))
    const query = `/sync/query?q=${encodeURIComponent('{"collection":"cards"}')}`
    expect((await get(query, token)).status).toBe(200)
    await revoke(tenant, { jti: 'j' })
    for (const path of [query, '/sync/history?q={}']) {
      const response = await get(path, token)
      expect([response.status, await response.json()]).toMatchObject([401, { code: 'revoked' }])
    }
    const frames = await exports.default.fetch('https://tidemark.test/sync/frames', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Tidemark-Session': 'any' },
    })
    expect([frames.status, await frames.json()]).toMatchObject([401, { code: 'revoked' }])
  })

  it('REV-2 ends a stream of events, and says so in it', async () => {
    const tenant = newTenant('revoked-stream')
    const query = encodeURIComponent('{"collection":"cards"}')
    const stream = await get(`/sync/events?q=${query}`, await sign(earlier({ sub: 'ada', tenant })))
    const text = stream.text()
    expect(await revoke(tenant, { sub: 'ada' })).toBe(1)
    expect(await text).toContain('{"code":4401,"reason":"revoked"}')
  })

  it('REV-2 ends a session whose fresh token is a revoked one', async () => {
    const tenant = newTenant('revoked-renewal')
    const ada = await Peer.join({ sub: 'ada', tenant, jti: 'first' })
    await revoke(tenant, { jti: 'second' })
    ada.send(['auth', await sign({ sub: 'ada', tenant, jti: 'second' })])
    expect(await ada.untilClosed()).toEqual(ENDED)
  })

  it('REV-3 ends sessions of an object that sleeps, and is remembered by one that has', async () => {
    const tenant = newTenant('revoked-asleep')
    const ada = await Peer.join(earlier({ sub: 'ada', tenant }))
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    expect(await revoke(tenant, { sub: 'ada' })).toBe(1)
    expect(await ada.untilClosed()).toEqual(ENDED)
    await evictDurableObject(objectOf(tenant))
    expect(await closeOf(earlier({ sub: 'ada', tenant }))).toEqual(ENDED)
  })

  it('REV-3 ends sessions while the tenant is loaded and Postgres does not answer, and nothing is sent after it', async () => {
    const tenant = newTenant('revoked-loading')
    await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Carl')", tenant)
    const first = await Peer.join({ sub: 'ben', tenant })
    first.close()
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      storage.sql.exec('DELETE FROM hydration')
    })
    await evictDurableObject(objectOf(tenant))
    const way = wayToPostgres()
    way.turn('held')
    const ada = await Peer.open(earlier({ sub: 'ada', tenant }))
    await ada.hello()
    ada.send(['subscribe', { id: 1, query: { collection: 'assignees' } }])
    expect(await revoke(tenant, { sub: 'ada' })).toBe(1)
    expect(await ada.untilClosed()).toEqual(ENDED)
    const { length } = ada.frames
    way.turn('open')
    const ben = await Peer.join({ sub: 'ben', tenant })
    expect(ben.closed).toBeUndefined()
    expect(ada.frames).toHaveLength(length)
    expect(JSON.stringify(ada.frames)).not.toContain('Carl')
  })

  it('REV-4 is kept in Postgres, also when that did not answer, and outlives the object’s storage', async () => {
    const tenant = newTenant('revoked-lost')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    const way = wayToPostgres()
    way.turn('away')
    await revoke(tenant, { sub: 'eve', sid: 's1' })
    expect(await keptOf(tenant)).toEqual([])
    way.turn('open')
    await runInDurableObject(objectOf(tenant), (object) => object.alarm?.())
    await expect
      .poll(() => keptOf(tenant))
      .toEqual([
        { kind: 'sid', name: 's1' },
        { kind: 'sub', name: 'eve' },
      ])
    await loseStorage(tenant)
    expect(await closeOf(earlier({ sub: 'eve', tenant }))).toEqual(ENDED)
    const query = `/sync/query?q=${encodeURIComponent('{"collection":"cards"}')}`
    expect((await get(query, await sign(earlier({ sub: 'eve', tenant })))).status).toBe(401)
    expect((await get(query, await sign({ sub: 'ada', tenant }))).status).toBe(200)
  })

  it('REV-4 outlives the object that is emptied, also while Postgres does not answer, and ends with the tenant', async () => {
    const tenant = newTenant('revoked-forgotten')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    const way = wayToPostgres()
    way.turn('away')
    await revoke(tenant, { sub: 'eve' })
    expect((await admin('/sync/tenant/forget?force=true', { tenant })).status).toBe(200)
    way.turn('open')
    expect(await closeOf(earlier({ sub: 'eve', tenant }))).toEqual(ENDED)
    await expect.poll(() => keptOf(tenant)).toEqual([{ kind: 'sub', name: 'eve' }])
    const erased = await exports.default.fetch('https://tidemark.test/sync/tenant', {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
    })
    expect([erased.status, await keptOf(tenant)]).toEqual([200, []])
  })

  it('REV-5 withdraws an edit that is Postgres first, unless Postgres was asked about it', async () => {
    const tenant = newTenant('revoked-proposal')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    const way = wayToPostgres()
    way.turn('held')
    await ada.push(
      ada.edit({ op: 'update', collection: 'assignees', id: 'a1', fields: { name: { set: 'Dora' } } }),
    )
    // While this is on its way nothing else is asked.
    await expect.poll(() => way.asked).toContain('apply_batch')
    const eve = await Peer.join(earlier({ sub: 'eve', tenant }))
    const edit = eve.edit({ op: 'insert', collection: 'assignees', id: 'a2', values: { name: 'Eve' } })
    eve.send(['push', 0, [{ ...edit, durability: 'committed' }]])
    const waiting = () =>
      runInDurableObject(objectOf(tenant), (_, { storage }) =>
        storage.sql.exec('SELECT asked FROM proposal').toArray(),
      )
    await expect.poll(waiting).toEqual([{ asked: 0 }])
    await revoke(tenant, { sub: 'eve', issuedBefore: seconds() - 30 })
    expect(await eve.untilClosed()).toEqual(ENDED)
    way.turn('open')
    await expect.poll(waiting).toEqual([])
    const again = await Peer.open({ sub: 'eve', tenant }, eve.client)
    await again.hello()
    again.send(['push', 0, [{ ...edit, durability: 'committed' }]])
    expect((await again.next('receipt'))[1]).toMatchObject([{ is: 'rejected', error: { code: 'revoked' } }])
    expect(await sql("SELECT id FROM assignees WHERE tenant_id = $1 AND id = 'a2'", tenant)).toEqual([])
  })

  it('REV-6 is made in several tenants at once, by a token that lists them', async () => {
    const tenants = [newTenant('several'), newTenant('several'), newTenant('unknown')]
    const [acme = '', globex = '', unknown = ''] = tenants
    const sessions = [
      await Peer.join(earlier({ sub: 'ada', tenant: acme })),
      await Peer.join(earlier({ sub: 'ada', tenant: globex })),
    ]
    const response = await admin('/sync/revoke', { tenants }, { sub: 'ada' })
    expect([response.status, await response.json()]).toEqual([
      503,
      {
        tenants: [
          { tenant: acme, sessions: 1 },
          { tenant: globex, sessions: 1 },
          { tenant: unknown, error: 'There is no such tenant.' },
        ],
      },
    ])
    for (const session of sessions) expect(await session.untilClosed()).toEqual(ENDED)
  })

  it.each([
    undefined,
    {},
    { sub: '' },
    { sub: 7 },
    { sub: 'ada', role: 'owner' },
    { issuedBefore: 1 },
    { sub: 'ada', issuedBefore: 1.5 },
    { sub: 'ada', issuedBefore: 9_000_000_000 },
    { sub: 'x'.repeat(2_000) },
  ])('REV-6 asked for with %j is refused with the way out, and revokes nothing', async (body) => {
    const tenant = newTenant('revoked-nothing')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const response = await admin('/sync/tenant/revoke', { tenant }, body)
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: expect.stringContaining('Send { "sub"') },
    ])
    expect(await ada.push(ada.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
  })

  it('REV-6 is nobody’s who has another token', async () => {
    const tenant = newTenant('revoked-by-eve')
    for (const token of ['nonsense', await sign({ sub: 'eve', tenant }), await signNudge({ tenant })]) {
      for (const path of ['/sync/tenant/revoke', '/sync/revoke']) {
        const response = await exports.default.fetch(`https://tidemark.test${path}`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}` },
          body: '{"sub":"ada"}',
        })
        expect(response.status).toBe(401)
      }
    }
    expect((await upgrade(await sign({ sub: 'ada', tenant }))).status).toBe(101)
  })
})
