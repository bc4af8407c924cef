import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { newTenant, sign, upgrade } from '../tenant/support/peer.ts'

const secret = new TextEncoder().encode(env.AUTH_SECRET)

const claims = () => new SignJWT({ tenant: newTenant('edge'), role: 'owner' }).setSubject('ada')

const soon = () => Math.floor(Date.now() / 1_000) + 60

/** Tokens that must not be believed, each wrong in one way. */
const FORGED: [string, () => Promise<string>][] = [
  ['none at all', () => Promise.resolve('')],
  ['no token', () => Promise.resolve('nonsense')],
  ['an unsigned one', () => Promise.resolve(unsigned())],
  [
    'another key',
    () => valid(claims()).sign(new TextEncoder().encode('another secret of thirty-two bytes!')),
  ],
  ['another algorithm', () => valid(claims(), 'HS512').sign(secret)],
  ['another issuer', () => valid(claims()).setIssuer('evil').sign(secret)],
  ['another audience', () => valid(claims()).setAudience('evil').sign(secret)],
  [
    'no end',
    () =>
      claims()
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('tidemark')
        .setAudience('tidemark')
        .sign(secret),
  ],
  ['no tenant', () => valid(new SignJWT({ role: 'owner' }).setSubject('ada')).sign(secret)],
  ['an unknown role', () => valid(new SignJWT({ tenant: 't', role: 'god' }).setSubject('ada')).sign(secret)],
  ['a validity in the future', () => valid(claims()).setNotBefore(soon()).sign(secret)],
]

function valid(token: SignJWT, alg = 'HS256'): SignJWT {
  return token
    .setProtectedHeader({ alg })
    .setIssuer(env.AUTH_ISSUER)
    .setAudience(env.AUTH_AUDIENCE)
    .setExpirationTime(soon())
}

function unsigned(): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '')
  const body = { sub: 'ada', tenant: 't', role: 'owner', iss: 'tidemark', aud: 'tidemark', exp: soon() }
  return `${part({ alg: 'none' })}.${part(body)}.`
}

async function refusal(response: Response): Promise<{ code: number; reason: string }> {
  const socket = response.webSocket
  if (!socket) throw new Error(`no socket: ${response.status}`)
  return new Promise((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    socket.accept()
  })
}

describe('the way in', () => {
  it.each(FORGED)(
    'EDG-1 a token with %s is told apart from a good one and closed with 4401',
    async (_, token) => {
      expect(await refusal(await upgrade(await token()))).toEqual({
        code: CLOSE.auth,
        reason: 'unauthenticated',
      })
    },
  )

  it('EDG-2 a token that has ended is said to have ended', async () => {
    const token = await sign({ sub: 'ada', tenant: newTenant('old'), ttlSeconds: -10 })
    expect(await refusal(await upgrade(token))).toEqual({ code: CLOSE.auth, reason: 'token-expired' })
  })

  it.each([
    'https://evil.test',
    'https://tidemark.test.evil.test',
    'http://tidemark.test',
    'https://tidemark.test:8443',
    'null',
  ])('EDG-3 a page of %s may not connect', async (origin) => {
    const token = await sign({ sub: 'ada', tenant: newTenant('origin') })
    expect((await upgrade(token, { Origin: origin })).status).toBe(403)
  })

  it('EDG-4 a page of the Worker’s own origin may connect, and only the protocol is echoed', async () => {
    const token = await sign({ sub: 'ada', tenant: newTenant('origin') })
    const response = await upgrade(token, { Origin: 'https://tidemark.test' })
    expect(response.status).toBe(101)
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe('tidemark.v6')
  })

  it('EDG-5 a client cannot pass as somebody by a header of its own', async () => {
    const tenant = newTenant('header')
    const forged = {
      version: 1,
      claims: { sub: 'eve', tenant: newTenant('other') },
      expiresAt: 9_000_000_000,
    }
    const response = await upgrade(await sign({ sub: 'ada', tenant }), {
      'x-tidemark-principal': encodeURIComponent(JSON.stringify(forged)),
    })
    const owner = await runInDurableObject(env.TENANT.get(env.TENANT.idFromName(tenant)), (_, { storage }) =>
      storage.sql.exec<{ value: string }>("SELECT value FROM meta WHERE key = 'tenant'").one(),
    )
    expect(response.status).toBe(101)
    expect(owner.value).toBe(tenant)
  })

  it('EDG-6 what is no WebSocket, or offers no known protocol, gets an answer it can read', async () => {
    expect((await exports.default.fetch('https://tidemark.test/sync/connect')).status).toBe(426)
    const other = await exports.default.fetch('https://tidemark.test/sync/connect', {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'chat' },
    })
    expect(other.status).toBe(400)
  })

  it('EDG-7 health says which protocol is spoken', async () => {
    const response = await exports.default.fetch('https://tidemark.test/health')
    expect(await response.json()).toMatchObject({ ok: true, protocol: PROTOCOL_VERSION })
  })
})
