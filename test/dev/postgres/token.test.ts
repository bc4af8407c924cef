import { expect, test } from 'vitest'
import { LOCAL_SECRETS } from '../../../dev/local-secret.ts'
import { makeToken as makeTokenFor } from '../../../dev/make-token.ts'
import { UsageError } from '../../../dev/usage-error.ts'
import { PEOPLE } from '../../../examples/invoices/dev-people.ts'
import { app } from '../../../examples/invoices/sync.ts'
import { authenticate } from '../../../src/worker/auth/authenticate.ts'
import { authenticateService } from '../../../src/worker/auth/authenticate-service.ts'

const settings = (secrets: typeof LOCAL_SECRETS) => ({
  AUTH_ISSUER: 'tidemark',
  AUTH_AUDIENCE: 'tidemark',
  AUTH_JWKS_URL: '',
  ...secrets,
})

const makeToken = (args: readonly string[], secrets: Readonly<Record<string, string | undefined>>) =>
  makeTokenFor(args, secrets, { config: 'wrangler.toml', app: async () => app, people: async () => PEOPLE })

const LOCAL = settings(LOCAL_SECRETS)

const OTHERS = {
  AUTH_SECRET: 'another secret of thirty-two bytes!!',
  AUTH_ADMIN_SECRET: 'a secret of thirty-two bytes to administer',
  AUTH_NUDGE_SECRET: 'a secret of thirty-two bytes to nudge with',
}

test('DEV-30 a token from the command line nudges its tenant, on the stack whose secret signed it', async () => {
  const local = await makeToken(['--tenant', 'acme'], {})
  expect(await authenticateService(LOCAL, local, 'nudge')).toMatchObject({ ok: true, tenants: ['acme'] })
  expect(await authenticateService(settings(OTHERS), local, 'nudge')).toMatchObject({ ok: false })
  const deployed = await makeToken(['--tenant', 'acme', '--valid', '1d'], OTHERS)
  expect(await authenticateService(settings(OTHERS), deployed, 'nudge')).toMatchObject({ ok: true })
})

test('DEV-30 a token serves one purpose', async () => {
  const admin = await makeToken(['--tenant', 'acme', '--for', 'admin'], {})
  expect(await authenticateService(LOCAL, admin, 'admin')).toMatchObject({ ok: true, tenants: ['acme'] })
  expect(await authenticateService(LOCAL, admin, 'nudge')).toMatchObject({ ok: false })
})

test('DEV-42 a token for a person says of them what the seed does, and what else was asked for', async () => {
  const ada = await authenticate(LOCAL, app, await makeToken(['--tenant', 'acme', '--as', 'ada'], {}))
  expect(ada).toMatchObject({ ok: true, claims: { sub: 'ada', tenant: 'acme', role: 'owner', name: 'Ada' } })
  const args = ['--tenant', 'newco', '--as', 'zoe', '--claim', 'role=clerk', '--claim', 'team=a=b']
  const zoe = await authenticate(settings(OTHERS), app, await makeToken(args, OTHERS))
  expect(zoe).toMatchObject({ ok: true, claims: { sub: 'zoe', tenant: 'newco', role: 'clerk', team: 'a=b' } })
})

test('DEV-42 a token for a person serves no service, and that of a service no person', async () => {
  const ada = await makeToken(['--tenant', 'acme', '--as', 'ada'], {})
  for (const purpose of ['nudge', 'admin'] as const)
    expect(await authenticateService(LOCAL, ada, purpose)).toMatchObject({ ok: false })
  const nudge = await makeToken(['--tenant', 'acme'], {})
  expect(await authenticate(LOCAL, app, nudge)).toMatchObject({ ok: false })
})

test.for([
  [[], '--tenant is missing'],
  [['--tenant', ''], '--tenant is missing'],
  [['--tenant', 'acme', '--for', 'all'], '--for takes nudge or admin'],
  [['--tenant', 'acme', '--for', 'person'], '--as NAME'],
  [['--tenant', 'acme', '--as', ''], '--as NAME'],
  [['--tenant', 'acme', '--as', 'ada', '--for', 'admin'], 'speaks for no person'],
  [['--tenant', 'acme', '--claim', 'role=owner'], 'speaks for no person'],
  [['--tenant', 'acme', '--as', 'zoe'], '--claim role=VALUE'],
  [['--tenant', 'globex', '--as', 'ada'], '--claim role=VALUE'],
  [['--tenant', 'acme', '--as', 'ada', '--claim', 'role=king'], '--claim role=VALUE'],
  [['--tenant', 'acme', '--as', 'ada', '--claim', 'role'], '--claim takes NAME=VALUE'],
  [['--tenant', 'acme', '--as', 'ada', '--claim', 'sub=ben'], '--claim sub is not to be said'],
  [['--tenant', 'acme', '--valid', 'long'], 'such as 90s, 1h or 1d'],
  [['--tenant', 'acme', '--valid', '30d'], 'AUTH_MAX_TOKEN_SECONDS'],
  [['acme'], 'Usage: npm run -s token'],
] as const)('DEV-12 a token asked for with %j is refused with the way out', async ([args, way]) => {
  await expect(makeToken(args, {})).rejects.toThrow(UsageError)
  await expect(makeToken(args, {})).rejects.toThrow(way)
})
