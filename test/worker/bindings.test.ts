import { env } from 'cloudflare:workers'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineApp } from '../../src/define/define-app.ts'
import { createWorker } from '../../src/worker/create-worker.ts'
import { assignees } from '../fixtures/board/schema.ts'
import { app } from '../fixtures/board/sync.ts'
import { newTenant, sign } from '../tenant/support/peer.ts'

/** A question that only a tenant's object answers, asked with a token. */
async function ask(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  settings: object,
  token: string,
): Promise<Response> {
  const question = new URL('https://team.test/sync/query')
  question.searchParams.set('q', JSON.stringify({ collection: 'assignees' }))
  return fetch(new Request(question, { headers: { Authorization: `Bearer ${token}` } }), settings)
}

const token = () => sign({ sub: 'ada', tenant: newTenant('bindings') })

describe('PKG-5 the names of a deployment', () => {
  it('PKG-5 are its own, by an option, and what it leaves out has its standard', async () => {
    const { TENANT, REGISTRY, DATABASE_URL, AUTH_SECRET, AUTH_ISSUER, POLL_CHANGES, ...others } = env
    const theirs = { ...others, ROOM: TENANT, ROOMS: REGISTRY, PG: DATABASE_URL, KEY: AUTH_SECRET }
    expect([AUTH_ISSUER, POLL_CHANGES]).not.toContain(undefined)
    const bindings = { TENANT: 'ROOM', REGISTRY: 'ROOMS', DATABASE_URL: 'PG', AUTH_SECRET: 'KEY' }
    const { routes } = createWorker(app, { bindings })
    const answer = await ask(routes.fetch, theirs, await token())
    // A tenant that nobody has opened is loaded first.
    expect([200, 503]).toContain(answer.status)
  })
})

describe('PKG-6 a team’s own routes', () => {
  const mine = new Hono()
    .route('/', createWorker(app).routes)
    .get('/hello', (context) => context.text('ours'))
    .notFound((context) => context.text('nothing of ours', 404))

  it('PKG-6 stand beside the engine’s, and what is of neither is theirs to answer', async () => {
    const get = async (path: string) => {
      const response = await mine.fetch(new Request(`https://team.test${path}`), env)
      return [response.status, await response.text()]
    }
    expect(await get('/hello')).toEqual([200, 'ours'])
    expect(await get('/nowhere')).toEqual([404, 'nothing of ours'])
    expect((await get('/health'))[0]).toBe(200)
    expect((await ask(mine.fetch, env, await token())).status).not.toBe(404)
  })
})

describe('PKG-7 claims by another schema library', () => {
  const tables = { assignees }
  const person = { sub: z.string(), tenant: z.string() }
  const claims = z.looseObject({ ...person, role: z.literal('owner') })
  const later = z.looseObject({ ...person, role: z.string() }).refine(async ({ role }) => role === 'owner')

  it.each([
    ['at once', claims],
    ['later', later],
  ])('PKG-7 decide who comes in, also if it answers %s', async (_, schema) => {
    const { routes } = createWorker(defineApp({ tables, claims: schema }).collection('assignees'))
    const status = async (role: 'owner' | 'viewer') =>
      (await ask(routes.fetch, env, await sign({ sub: 'ada', tenant: newTenant('claims'), role }))).status
    expect(await status('owner')).not.toBe(401)
    expect(await status('viewer')).toBe(401)
  })
})
