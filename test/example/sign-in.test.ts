import { expect, it } from 'vitest'
import { devSignIn } from '../../examples/invoices/dev-sign-in.ts'
import { app } from '../../examples/invoices/sync.ts'
import { authenticate } from '../../src/worker/auth/authenticate.ts'

const SETTINGS = {
  AUTH_ISSUER: 'tidemark',
  AUTH_AUDIENCE: 'tidemark',
  AUTH_JWKS_URL: '',
  AUTH_SECRET: 'a secret that only tests know, 32 bytes or more',
}

const ask = (path: string, body?: string, isOn = 'true') =>
  devSignIn.request(path, body === undefined ? {} : { method: 'POST', body }, {
    ...SETTINGS,
    TIDEMARK_DEV: isOn,
  })

it('EDG-8 the development sign-in gives a token that works, and says whom it knows', async () => {
  const { token }: { token: string } = await (await ask('/token', '{"person":"ben"}')).json()
  expect(await authenticate(SETTINGS, app, token)).toMatchObject({
    ok: true,
    claims: { sub: 'ben', tenant: 'acme', role: 'clerk' },
  })
  for (const body of ['{"person":"eve"}', 'no json', '{"person":"ben","ttlSeconds":-1}']) {
    const refused = await ask('/token', body)
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('ada, ben')
  }
})

it('EDG-8 the development sign-in does not exist where it is not switched on', async () => {
  const [people, token] = [await ask('/people', undefined, 'false'), await ask('/token', '{}', 'false')]
  expect([people.status, token.status]).toEqual([404, 404])
})
