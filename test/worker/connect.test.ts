import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { routes } from '../../src/worker/routes.ts'
import { app } from '../fixtures/board/sync.ts'
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
        .setIssuedAt()
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
    .setIssuedAt()
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
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe('tidemark.v8')
  })

  it.each([
    ['tidemark.v7, tidemark.v6', 'tidemark.v7'],
    ['tidemark.v6, tidemark.v7', 'tidemark.v7'],
    ['tidemark.v6', 'tidemark.v6'],
    ['tidemark.v9, tidemark.v8, tidemark.v7', 'tidemark.v8'],
    ['tidemark.v6, tidemark.v5', 'tidemark.v6'],
    ['tidemark.v1e400, tidemark.v, tidemark.v6.5, chat, tidemark.v7', 'tidemark.v7'],
  ])('PRO-20 who offers %s is answered in %s', async (offered, chosen) => {
    const token = await sign({ sub: 'ada', tenant: newTenant('offers') })
    const response = await upgrade('', { 'Sec-WebSocket-Protocol': `${offered}, bearer.${token}` })
    expect(response.status).toBe(101)
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe(chosen)
    response.webSocket?.accept()
    response.webSocket?.close(1000)
  })

  it.each(['tidemark.v5', 'tidemark.v9', 'tidemark.v0', 'tidemark.v9999'])(
    'PRO-20 who offers %s alone is told so over the socket, because a browser reads nothing else',
    async (offered) => {
      const token = await sign({ sub: 'ada', tenant: newTenant('offers') })
      const response = await upgrade('', { 'Sec-WebSocket-Protocol': `${offered}, bearer.${token}` })
      expect(response.headers.get('Sec-WebSocket-Protocol')).toBe(offered)
      expect(await refusal(response)).toEqual({ code: CLOSE.tooOld, reason: 'version-unsupported' })
    },
  )

  it('PRO-23 an object of an earlier deployment is spoken to in its version, or not at all', async () => {
    const told: unknown[] = []
    const left: number[] = []
    // What an object of version 6 does: it answers in its own subprotocol, and looks at no offer.
    const earlier = async (request: Request) => {
      told.push(JSON.parse(decodeURIComponent(request.headers.get('x-tidemark-principal') ?? '')))
      const [client, server] = Object.values(new WebSocketPair())
      if (!client || !server) throw new Error('a WebSocketPair has two ends')
      server.accept()
      server.addEventListener('close', ({ code }) => void left.push(code))
      const headers = { 'Sec-WebSocket-Protocol': 'tidemark.v6' }
      return new Response(null, { status: 101, webSocket: client, headers })
    }
    const TENANT = { idFromName: () => '', get: () => ({ fetch: earlier }) }
    const token = await sign({ sub: 'ada', tenant: newTenant('skew') })
    const ask = (offered: string) =>
      routes(app).request(
        'https://tidemark.test/sync/connect',
        { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `${offered}, bearer.${token}` } },
        { ...env, TENANT },
      )
    const both = await ask('tidemark.v7, tidemark.v6')
    expect(both.headers.get('Sec-WebSocket-Protocol')).toBe('tidemark.v6')
    expect(told).toEqual([expect.objectContaining({ version: 1, protocols: [7, 6] })])
    both.webSocket?.accept()
    both.webSocket?.close(1000)
    const beyond = await refusal(await ask('tidemark.v7'))
    expect(beyond).toEqual({ code: CLOSE.tooOld, reason: 'version-unsupported' })
    const stream = await routes(app).request(
      'https://tidemark.test/sync/events?protocol=7',
      { headers: { Authorization: `Bearer ${token}` } },
      { ...env, TENANT },
    )
    expect(stream.status).toBe(426)
    await expect.poll(() => left).toEqual([1000, 1000, 1000])
  })

  it('PRO-22 a Worker of an earlier deployment, which names no versions, has let in a page of version 6', async () => {
    const principal = { version: 1, claims: { sub: 'ada', tenant: newTenant('skew') }, expiresAt: soon() }
    const object = env.TENANT.get(env.TENANT.idFromName(principal.claims.tenant))
    const header = encodeURIComponent(JSON.stringify(principal))
    const response = await object.fetch('https://tenant/connect', {
      headers: { Upgrade: 'websocket', 'x-tidemark-principal': header },
    })
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe('tidemark.v6')
    response.webSocket?.accept()
    response.webSocket?.close(1000)
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
    for (const offered of [
      'chat',
      'tidemark.v',
      'tidemark.v6.5',
      'tidemark.v1e400',
      'tidemark.v-7',
      'xtidemark.v7',
    ]) {
      const other = await exports.default.fetch('https://tidemark.test/sync/connect', {
        headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': offered },
      })
      expect(other.status).toBe(400)
      expect(await other.json()).toEqual({
        message: 'Offer the subprotocol tidemark.v8 or tidemark.v7 or tidemark.v6.',
      })
    }
  })

  it('EDG-7 health says which protocol is spoken', async () => {
    const response = await exports.default.fetch('https://tidemark.test/health')
    expect(await response.json()).toMatchObject({ ok: true, protocol: PROTOCOL_VERSION })
  })
})
