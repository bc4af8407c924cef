import { expect, test } from 'vitest'
import { LOCAL_AUTH_SECRET } from '../../dev/local-secret.ts'
import { UsageError } from '../../dev/options.ts'
import { serviceToken } from '../../dev/service-token.ts'
import { authenticateService } from '../../src/edge/authenticate.ts'

const settings = (AUTH_SECRET: string) => ({
  AUTH_ISSUER: 'tidemark',
  AUTH_AUDIENCE: 'tidemark',
  AUTH_JWKS_URL: '',
  AUTH_SECRET,
})

test('DEV-30 a token from the command line nudges its tenant, on the stack whose secret signed it', async () => {
  const local = await serviceToken(['--tenant', 'acme'], undefined)
  expect(await authenticateService(settings(LOCAL_AUTH_SECRET), local, 'nudge')).toBe('acme')
  expect(
    await authenticateService(settings('another secret of thirty-two bytes!!'), local, 'nudge'),
  ).toBeUndefined()
  const deployed = await serviceToken(
    ['--tenant', 'acme', '--valid', '30d'],
    'another secret of thirty-two bytes!!',
  )
  expect(await authenticateService(settings('another secret of thirty-two bytes!!'), deployed, 'nudge')).toBe(
    'acme',
  )
})

test('DEV-30 a token serves one purpose', async () => {
  const admin = await serviceToken(['--tenant', 'acme', '--for', 'admin'], undefined)
  expect(await authenticateService(settings(LOCAL_AUTH_SECRET), admin, 'admin')).toBe('acme')
  expect(await authenticateService(settings(LOCAL_AUTH_SECRET), admin, 'nudge')).toBeUndefined()
})

test.for([
  [[], '--tenant is missing'],
  [['--tenant', ''], '--tenant is missing'],
  [['--tenant', 'acme', '--for', 'all'], '--for takes nudge or admin'],
  [['--tenant', 'acme', '--valid', 'long'], 'such as 90s, 1h or 30d'],
  [['acme'], 'Usage: npm run -s token'],
] as const)('DEV-12 a token asked for with %j is refused with the way out', async ([args, way]) => {
  await expect(serviceToken(args, undefined)).rejects.toThrow(UsageError)
  await expect(serviceToken(args, undefined)).rejects.toThrow(way)
})
