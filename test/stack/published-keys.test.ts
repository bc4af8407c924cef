import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { authenticate } from '../../src/worker/auth/authenticate.ts'
import type { KeySettings } from '../../src/worker/auth/key-settings.ts'
import { app } from '../fixtures/board/sync.ts'

/** An identity provider: publishes keys, and counts how often they are fetched. */
type Provider = { url: string; keys: object[]; fetches: number; close(): void }

let provider: Provider

beforeEach(async () => {
  const server = createServer((_, response) => {
    provider.fetches += 1
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: provider.keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  provider = {
    url: `http://127.0.0.1:${address.port}/keys`,
    keys: [],
    fetches: 0,
    close: () => server.close(),
  }
})

afterEach(() => provider.close())

/** A key of the provider, and a way to sign with it. */
async function publish(kid: string): Promise<(change?: (token: SignJWT) => SignJWT) => Promise<string>> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  provider.keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' })
  return (change = (token) => token) =>
    change(
      new SignJWT({ tenant: 'acme', role: 'owner' })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setSubject('ada')
        .setIssuer('https://id.test')
        .setAudience('tidemark')
        .setIssuedAt()
        .setExpirationTime('1h'),
    ).sign(privateKey)
}

const settings = (): KeySettings => ({
  AUTH_ISSUER: 'https://id.test',
  AUTH_AUDIENCE: 'tidemark',
  AUTH_JWKS_URL: provider.url,
  AUTH_SECRET: 'a secret that must not be believed here',
})

it('EDG-9 with an identity provider its published keys decide, and are fetched once', async () => {
  const sign = await publish('first')
  for (let i = 0; i < 3; i++) {
    expect(await authenticate(settings(), app, await sign())).toMatchObject({
      ok: true,
      claims: { sub: 'ada', tenant: 'acme' },
    })
  }
  expect(provider.fetches).toBe(1)
})

it('EDG-9 with an identity provider the secret signs nothing, and no other key does', async () => {
  const sign = await publish('first')
  const bySecret = await new SignJWT({ tenant: 'acme', role: 'owner' })
    .setProtectedHeader({ alg: 'HS256', kid: 'first' })
    .setSubject('ada')
    .setIssuer('https://id.test')
    .setAudience('tidemark')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(settings().AUTH_SECRET))
  provider.keys.length = 0
  await publish('first')
  for (const token of [bySecret, await sign()]) {
    expect(await authenticate(settings(), app, token)).toMatchObject({
      ok: false,
      error: { code: 'unauthenticated' },
    })
  }
})

it('CRD-6 an identity provider that has never answered lets nobody in, and that is no fault of the token', async () => {
  const sign = await publish('first')
  const token = await sign()
  const down = { ...settings(), AUTH_JWKS_URL: 'http://127.0.0.1:9/keys' }
  expect(await authenticate(down, app, token)).toMatchObject({
    ok: false,
    error: { code: 'busy', retryable: true, retryAfterMs: expect.any(Number) },
  })
})
