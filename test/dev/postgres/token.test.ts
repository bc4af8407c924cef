import { expect, test } from 'vitest'
import { LOCAL_AUTH_SECRET } from '../../../dev/local-secret.ts'
import { makeToken } from '../../../dev/make-token.ts'
import { UsageError } from '../../../dev/usage-error.ts'
import { app } from '../../../examples/invoices/sync.ts'
import { authenticate, authenticateService } from '../../../src/worker/auth/authenticate.ts'

const settings = (AUTH_SECRET: string) => ({
  AUTH_ISSUER: 'tidemark',
  AUTH_AUDIENCE: 'tidemark',
  AUTH_JWKS_URL: '',
  AUTH_SECRET,
})

test('DEV-30 a token from the command line nudges its tenant, on the stack whose secret signed it', async () => {
  const local = await makeToken(['--tenant', 'acme'], undefined)
  expect(await authenticateService(settings(LOCAL_AUTH_SECRET), local, 'nudge')).toBe('acme')
  expect(
    await authenticateService(settings('another secret of thirty-two bytes!!'), local, 'nudge'),
  ).toBeUndefined()
  const deployed = await makeToken(
    ['--tenant', 'acme', '--valid', '30d'],
    'another secret of thirty-two bytes!!',
  )
  expect(await authenticateService(settings('another secret of thirty-two bytes!!'), deployed, 'nudge')).toBe(
    'acme',
  )
})

test('DEV-30 a token serves one purpose', async () => {
  const admin = await makeToken(['--tenant', 'acme', '--for', 'admin'], undefined)
  expect(await authenticateService(settings(LOCAL_AUTH_SECRET), admin, 'admin')).toBe('acme')
  expect(await authenticateService(settings(LOCAL_AUTH_SECRET), admin, 'nudge')).toBeUndefined()
})

test('DEV-42 a token for a person says of them what the seed does, and what else was asked for', async () => {
  const ada = await authenticate(
    settings(LOCAL_AUTH_SECRET),
    app,
    await makeToken(['--tenant', 'acme', '--as', 'ada'], undefined),
  )
  expect(ada).toMatchObject({ ok: true, claims: { sub: 'ada', tenant: 'acme', role: 'owner', name: 'Ada' } })
  const args = ['--tenant', 'newco', '--as', 'zoe', '--claim', 'role=clerk', '--claim', 'team=a=b']
  const secret = 'another secret of thirty-two bytes!!'
  const zoe = await authenticate(settings(secret), app, await makeToken(args, secret))
  expect(zoe).toMatchObject({ ok: true, claims: { sub: 'zoe', tenant: 'newco', role: 'clerk', team: 'a=b' } })
})

test('DEV-42 a token for a person serves no service, and that of a service no person', async () => {
  const ada = await makeToken(['--tenant', 'acme', '--as', 'ada'], undefined)
  for (const purpose of ['nudge', 'admin'] as const)
    expect(await authenticateService(settings(LOCAL_AUTH_SECRET), ada, purpose)).toBeUndefined()
  const nudge = await makeToken(['--tenant', 'acme'], undefined)
  expect(await authenticate(settings(LOCAL_AUTH_SECRET), app, nudge)).toMatchObject({ ok: false })
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
  [['--tenant', 'acme', '--valid', 'long'], 'such as 90s, 1h or 30d'],
  [['acme'], 'Usage: npm run -s token'],
] as const)('DEV-12 a token asked for with %j is refused with the way out', async ([args, way]) => {
  await expect(makeToken(args, undefined)).rejects.toThrow(UsageError)
  await expect(makeToken(args, undefined)).rejects.toThrow(way)
})
