import { env } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../src/worker/auth/authenticate.ts'
import { authenticateService } from '../../../src/worker/auth/authenticate-service.ts'
import { app } from '../../fixtures/board/sync.ts'
import { SECRETS } from '../../support/secrets.ts'

const SETTINGS = { AUTH_ISSUER: 'tidemark', AUTH_AUDIENCE: 'tidemark', AUTH_JWKS_URL: '', ...SECRETS }

const now = () => Math.floor(Date.now() / 1_000)

const bytes = (text: string) => new TextEncoder().encode(text)

const person = () => ({
  sub: 'ada',
  tenant: 'acme',
  role: 'owner',
  iss: 'tidemark',
  aud: 'tidemark',
  iat: now(),
  exp: now() + 60,
})

/** Signs any payload at all, also one that `SignJWT` would refuse to make. */
async function sign(payload: string, secret = SECRETS.AUTH_SECRET): Promise<string> {
  const part = (data: Uint8Array) =>
    btoa(String.fromCharCode(...data))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  const said = `${part(bytes('{"alg":"HS256"}'))}.${part(bytes(payload))}`
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return `${said}.${part(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(said))))}`
}

const judge = async (payload: object) => authenticate(SETTINGS, app, await sign(JSON.stringify(payload)))

describe('a token', () => {
  it('CRD-2 tells when it was issued, and by which ids it can be revoked', async () => {
    const said = { ...person(), sid: 'sign-in-1', jti: 'token-1' }
    expect(await judge(said)).toMatchObject({
      ok: true,
      claims: { sub: 'ada', tenant: 'acme' },
      expiresAt: said.exp,
      marks: { iat: said.iat, sid: 'sign-in-1', jti: 'token-1' },
    })
  })

  it.each([[['tidemark']], [['tidemark', 'tidemark:admin']], [[]], [''], [null], [{ tidemark: true }]])(
    'CRD-1 for the audience %j is not valid: it is one string',
    async (aud) => {
      expect(await judge({ ...person(), aud })).toMatchObject({
        ok: false,
        error: { code: 'unauthenticated' },
      })
    },
  )

  it.each([
    ['without the time of its issue', { iat: undefined }],
    ['issued at a text', { iat: '1800000000' }],
    ['issued in the future', { iat: now() + 3_600, exp: now() + 3_660 }],
    ['that lives longer than a day', { exp: now() + 86_500 }],
    ['without an end', { exp: undefined }],
    ['that begins at a text', { nbf: 'now' }],
    ['whose sign-in is a number', { sid: 7 }],
    ['whose id is empty', { jti: '' }],
    ['whose id is no id', { jti: 'x'.repeat(257) }],
    ['of a subject that is a number', { sub: 7 }],
    ['of an empty subject', { sub: '' }],
    ['of a list of tenants', { tenant: ['acme'] }],
  ])('CRD-2 %s is not valid', async (_, change) => {
    expect(await judge({ ...person(), ...change })).toMatchObject({
      ok: false,
      error: { code: 'unauthenticated' },
    })
  })

  it.each(['"exp":1e400', '"iat":-1e400', '"nbf":-1e400', '"exp":1e400,"iat":1e400'])(
    'CRD-2 with %s is not valid: no clock shows such a time',
    async (times) => {
      const { iat, exp, ...said } = person()
      const rest = [JSON.stringify(said).slice(1, -1), times]
      if (!times.includes('iat')) rest.push(`"iat":${iat}`)
      if (!times.includes('exp')) rest.push(`"exp":${exp}`)
      const verified = await authenticate(SETTINGS, app, await sign(`{${rest.join()}}`))
      expect(verified).toMatchObject({ ok: false, error: { code: 'unauthenticated' } })
    },
  )

  it('CRD-2 may live as long as the setting says', async () => {
    const long = await sign(JSON.stringify({ ...person(), exp: now() + 172_000 }))
    expect(await authenticate({ ...SETTINGS, AUTH_MAX_TOKEN_SECONDS: '172800' }, app, long)).toMatchObject({
      ok: true,
    })
  })
})

describe('a service', () => {
  const claims = { iss: 'tidemark', tenant: 'acme', sub: 'backend', jti: 'j1' }
  const service = async (secret: string, audience: string, more: object = {}) =>
    sign(JSON.stringify({ ...claims, aud: audience, iat: now(), exp: now() + 60, ...more }), secret)

  it('CRD-3 is believed by the secret and audience of its purpose', async () => {
    for (const [purpose, secret] of [
      ['nudge', SECRETS.AUTH_NUDGE_SECRET],
      ['admin', SECRETS.AUTH_ADMIN_SECRET],
    ] as const) {
      const token = await service(secret, `tidemark:${purpose}`)
      expect(await authenticateService(SETTINGS, token, purpose)).toEqual({
        ok: true,
        tenants: ['acme'],
        by: 'backend',
        tokenId: 'j1',
      })
    }
  })

  it('CRD-3 with a secret can do nothing but what that secret is for', async () => {
    for (const [name, secret] of Object.entries(SECRETS)) {
      for (const purpose of ['nudge', 'admin'] as const) {
        if (name === `AUTH_${purpose.toUpperCase()}_SECRET`) continue
        const token = await service(secret, `tidemark:${purpose}`)
        expect([name, await authenticateService(SETTINGS, token, purpose)]).toMatchObject([
          name,
          { ok: false, status: 401 },
        ])
      }
      if (name === 'AUTH_SECRET') continue
      const token = await sign(JSON.stringify(person()), secret)
      expect([name, await authenticate(SETTINGS, app, token)]).toMatchObject([name, { ok: false }])
    }
  })

  it('CRD-3 is not served where its secret is not set, and is told which', async () => {
    const { AUTH_NUDGE_SECRET, ...without } = SETTINGS
    const token = await service(AUTH_NUDGE_SECRET, 'tidemark:nudge')
    expect(await authenticateService(without, token, 'nudge')).toMatchObject({
      ok: false,
      status: 503,
      error: { message: expect.stringContaining('AUTH_NUDGE_SECRET is not set') },
    })
    const empty = await service('', 'tidemark:nudge').catch(() => 'an empty secret signs nothing')
    expect(await authenticateService({ ...SETTINGS, AUTH_NUDGE_SECRET: '' }, empty, 'nudge')).toMatchObject({
      ok: false,
      status: 503,
    })
  })

  it('CRD-4 acts on one tenant, or on those that its token lists', async () => {
    const ask = async (more: object) =>
      authenticateService(SETTINGS, await service(SECRETS.AUTH_ADMIN_SECRET, 'tidemark:admin', more), 'admin')
    expect(await ask({ tenant: undefined, tenants: ['acme', 'globex'] })).toMatchObject({
      ok: true,
      tenants: ['acme', 'globex'],
    })
    const wrong = [
      { tenants: ['globex'] },
      { tenant: undefined },
      { tenant: undefined, tenants: [] },
      { tenant: 7 },
      { tenant: '' },
      { tenant: undefined, tenants: ['acme', 7] },
      { tenant: undefined, tenants: Array.from({ length: 101 }, (_, i) => `t${i}`) },
    ]
    for (const more of wrong) expect(await ask(more)).toMatchObject({ ok: false, status: 401 })
  })

  it('CRD-1 whose token is for two audiences is not believed by either', async () => {
    const token = await new SignJWT({ tenant: 'acme' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(env.AUTH_ISSUER)
      .setAudience(['tidemark:nudge', 'tidemark:admin'])
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(bytes(SECRETS.AUTH_ADMIN_SECRET))
    expect(await authenticateService(SETTINGS, token, 'admin')).toMatchObject({ ok: false, status: 401 })
  })
})
