import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { objectOf, postNudge, signNudge } from '../tenant/outside-world.ts'
import { newTenant, sign, upgrade } from '../tenant/peer.ts'

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
