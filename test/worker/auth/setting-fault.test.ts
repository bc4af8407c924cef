import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { settingFault } from '../../../src/worker/auth/setting-fault.ts'
import { DEVELOPMENT_PREFIX } from '../../../src/worker/auth/weak-secret.ts'
import { createWorker } from '../../../src/worker/create-worker.ts'
import { app } from '../../fixtures/board/sync.ts'
import { SECRETS } from '../../support/secrets.ts'

const GOOD = { AUTH_ISSUER: 'tidemark', AUTH_AUDIENCE: 'tidemark', AUTH_JWKS_URL: '', ...SECRETS }

const DEVELOPMENT = `${DEVELOPMENT_PREFIX}: canary-7f3a, for everybody to read`

/** Settings that would let in whom they should not, and what the sentence about them says. */
const FAULTS: [string, Partial<typeof GOOD> & Record<string, string>, RegExp][] = [
  ['no secret', { AUTH_SECRET: '' }, /AUTH_SECRET is missing.*openssl rand/],
  [
    'a short secret',
    { AUTH_SECRET: 'canary-7f3a' },
    /AUTH_SECRET has 11 bytes.*wrangler secret put AUTH_SECRET/,
  ],
  ['one of 31 bytes', { AUTH_SECRET: 'canary-7f3a.456789012345678901' + 'x' }, /31 bytes/],
  ['a secret of the local stack', { AUTH_SECRET: DEVELOPMENT }, /AUTH_SECRET is the one of the local stack/],
  ['an example', { AUTH_SECRET: 'a-string-secret-at-least-256-bits-long' }, /AUTH_SECRET is an example/],
  ['one character many times', { AUTH_SECRET: 'a'.repeat(64) }, /AUTH_SECRET can be guessed/],
  [
    'a short secret of administrators',
    { AUTH_ADMIN_SECRET: 'canary-7f3a' },
    /AUTH_ADMIN_SECRET has 11 bytes/,
  ],
  ['a short secret for nudges', { AUTH_NUDGE_SECRET: 'canary-7f3a' }, /AUTH_NUDGE_SECRET has 11 bytes/],
  [
    'one secret for two',
    { AUTH_ADMIN_SECRET: SECRETS.AUTH_SECRET },
    /AUTH_ADMIN_SECRET is the same as AUTH_SECRET/,
  ],
  [
    'a database that has the administrators’ secret',
    { AUTH_NUDGE_SECRET: SECRETS.AUTH_ADMIN_SECRET },
    /is the same/,
  ],
  ['no issuer', { AUTH_ISSUER: '' }, /AUTH_ISSUER and AUTH_AUDIENCE/],
  ['no audience', { AUTH_AUDIENCE: '' }, /AUTH_ISSUER and AUTH_AUDIENCE/],
  [
    'keys that anybody on the way can change',
    { AUTH_JWKS_URL: 'http://id.example/keys' },
    /AUTH_JWKS_URL is the https/,
  ],
  ['no address', { AUTH_JWKS_URL: 'canary-7f3a' }, /AUTH_JWKS_URL is the https/],
  [
    'tokens that never end',
    { AUTH_MAX_TOKEN_SECONDS: 'canary-7f3a' },
    /AUTH_MAX_TOKEN_SECONDS is a whole number/,
  ],
  ['tokens that live for a year', { AUTH_MAX_TOKEN_SECONDS: '31536000' }, /from 60 to 2592000/],
  ['sign-in without a password', { TIDEMARK_DEV: 'true' }, /TIDEMARK_DEV.*unset it/],
]

describe('settings', () => {
  it('CRD-5 that are sound are served with, with a provider’s keys in place of a secret, too', () => {
    expect(settingFault(GOOD, 'app.example')).toBeUndefined()
    const published = { ...GOOD, AUTH_SECRET: '', AUTH_JWKS_URL: 'https://id.example/keys' }
    expect(settingFault(published, 'app.example')).toBeUndefined()
    const peopleOnly = { ...GOOD, AUTH_ADMIN_SECRET: '', AUTH_NUDGE_SECRET: '' }
    expect(settingFault(peopleOnly, 'app.example')).toBeUndefined()
  })

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'app.localhost'])(
    'CRD-5 of the local stack serve on %s',
    (host) => {
      expect(settingFault({ ...GOOD, AUTH_SECRET: DEVELOPMENT, TIDEMARK_DEV: 'true' }, host)).toBeUndefined()
    },
  )

  it.each(['localhost.evil.example', '127.0.0.1.evil.example', '128.0.0.1', 'tidemark.example', '10.0.0.1'])(
    'CRD-5 of the local stack serve nothing on %s',
    (host) => {
      expect(settingFault({ ...GOOD, AUTH_SECRET: DEVELOPMENT, TIDEMARK_DEV: 'true' }, host)).toContain(
        'TIDEMARK_DEV',
      )
    },
  )

  it.each(FAULTS)(
    'CRD-5 with %s serve nothing: answer and log say what to do, and no value',
    async (_, change, sentence) => {
      const log = vi.spyOn(console, 'log').mockReturnValue()
      const worker = createWorker(app).routes
      const settings = { ...env, ...GOOD, ...change }
      for (const path of ['/sync/query', '/sync/connect', '/dev/token', '/nowhere']) {
        const response = await worker.request(`https://tidemark.test${path}`, {}, settings)
        const body: { message: string } = await response.json()
        expect([response.status, body]).toEqual([
          500,
          { code: 'internal', message: expect.stringMatching(sentence) },
        ])
      }
      // Says so in its own form, and is served with any settings.
      const health = await worker.request('https://tidemark.test/health', {}, settings)
      expect([health.status, await health.json()]).toMatchObject([
        503,
        { ok: false, problems: [expect.stringMatching(sentence)] },
      ])
      const lines = log.mock.calls.map(([line]) => String(line))
      log.mockRestore()
      expect(lines).toEqual([expect.stringMatching(/"event":"refused-to-start"/)])
      expect(lines[0]).toMatch(sentence)
      expect(lines[0]).not.toContain('canary')
    },
  )
})
