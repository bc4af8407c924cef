import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer, sign, upgrade } from '../tenant/support/peer.ts'
import { watchPostgres } from '../tenant/support/postgres-calls.ts'
import { nudge, objectOf, postNudge, signNudge } from '../tenant/support/tenant-world.ts'

/** Tokens that do not nudge. */
const UNWELCOME: [string, () => Promise<string>][] = [
  ['no token', () => Promise.resolve('nonsense')],
  ['a person’s token', () => sign({ sub: 'ada', tenant: 'acme' })],
  ['another audience', () => signNudge({ tenant: 'acme' }, 'evil:nudge')],
  ['no tenant', () => signNudge({ sub: 'backend' })],
  ['an empty tenant', () => signNudge({ tenant: '' })],
]

describe('a nudge', () => {
  it.each(UNWELCOME)('EDG-20 with %s is refused', async (_, token) => {
    expect((await postNudge(await token())).status).toBe(401)
  })

  it('EDG-21 of a tenant that nobody has opened does nothing', async () => {
    const tenant = newTenant('nobody')
    expect((await postNudge(await signNudge({ tenant }))).status).toBe(204)
    const facts = await runInDurableObject(objectOf(tenant), async (_, { storage }) => [
      storage.sql.exec('SELECT key FROM meta').toArray(),
      await storage.getAlarm(),
    ])
    expect(facts).toEqual([[], null])
  })

  it('EDG-23 that comes while a look is under way waits for it: ten cost one more look', async () => {
    const tenant = newTenant('storm')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const calls = watchPostgres()
    onTestFinished(calls.stop)
    const looks = () => calls.about('tidemark.look(').length
    const release = calls.hold('tidemark.look(')
    await nudge(tenant)
    await expect.poll(looks).toBe(1)
    for (let i = 0; i < 10; i++) await nudge(tenant)
    expect(looks()).toBe(1)
    release()
    await expect.poll(looks).toBe(2)
    await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Carl')", tenant)
    await nudge(tenant)
    await ada.until('the change', () => JSON.stringify(ada.frames).includes('Carl'))
    expect(looks()).toBeLessThanOrEqual(3)
  })

  it('EDG-22 opens no socket: a service’s token is not a person’s', async () => {
    const response = await upgrade(
      await signNudge({ tenant: newTenant('service'), role: 'owner', sub: 'backend' }),
    )
    const socket = response.webSocket
    const closed = new Promise((resolve) => socket?.addEventListener('close', ({ code }) => resolve(code)))
    socket?.accept()
    expect(await closed).toBe(4401)
  })
})
