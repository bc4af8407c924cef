import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { CLOSE } from '../../src/protocol/errors.ts'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../src/protocol/version.ts'
import { createWorker } from '../../src/worker/create-worker.ts'
import { app } from '../fixtures/board/sync.ts'
import { newTenant, sign } from '../tenant/support/peer.ts'

/** A binding that has counted enough, and remembers whom. */
function exceeded() {
  const keys: string[] = []
  return {
    keys,
    limit: async ({ key }: RateLimitOptions) => {
      keys.push(key)
      return { success: false }
    },
  }
}

/** Objects that must not be woken. */
const untouched = () =>
  vi.spyOn(env.TENANT, 'get').mockImplementation(() => expect.fail('an object was woken'))

async function ask(path: string, token: string, bindings: object, headers: Record<string, string> = {}) {
  const request = new Request(`https://tidemark.test/sync/${path}`, {
    headers: { Authorization: `Bearer ${token}`, 'CF-Connecting-IP': '203.0.113.9', ...headers },
  })
  return createWorker(app).routes.fetch(request, { ...env, ...bindings })
}

const upgrade = (token: string) => ({
  Upgrade: 'websocket',
  'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, ${BEARER_PREFIX}${token}`,
})

/** The error that a socket is told, and how it is closed. */
async function refusalOf(response: Response) {
  const socket = response.webSocket
  if (!socket) throw new Error(`no socket: ${response.status}`)
  const told: unknown[] = []
  socket.addEventListener('message', ({ data }) => told.push(decodeDown(String(data))))
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener('close', ({ code }) => resolve(code)),
  )
  socket.accept()
  return { code: await closed, told }
}

const READS = ['query?q={}', 'history?q={}', 'events']

it('LOD-9 whoever comes to a tenant too often is told when to come back, before its object wakes', async () => {
  const tenant = newTenant('often')
  const token = await sign({ sub: 'ada', tenant })
  const ADMISSION = exceeded()
  const woken = untouched()
  for (const path of READS) {
    const response = await ask(path, token, { ADMISSION })
    expect([path, response.status, response.headers.get('Retry-After')]).toEqual([path, 429, '10'])
    expect(await response.json()).toMatchObject({ code: 'busy' })
  }
  const refused = await refusalOf(await ask('connect', token, { ADMISSION }, upgrade(token)))
  expect(refused).toMatchObject({
    code: CLOSE.rate,
    told: [{ ok: true, frame: ['error', { code: 'busy', retryable: true, retryAfterMs: 10_000 }] }],
  })
  expect(new Set(ADMISSION.keys)).toEqual(new Set([JSON.stringify([tenant, 'ada'])]))
  expect(woken).not.toHaveBeenCalled()
  woken.mockRestore()
})

it('LOD-9 an address is counted for tokens that are not valid, and a valid one does not wait for it', async () => {
  const FAILURES = exceeded()
  const refused = await refusalOf(await ask('connect', '', { FAILURES }, upgrade('nonsense')))
  expect(refused).toMatchObject({ code: CLOSE.rate, told: [{ frame: ['error', { code: 'busy' }] }] })
  expect((await ask('query?q={}', 'nonsense', { FAILURES })).status).toBe(429)
  expect(FAILURES.keys).toEqual(['203.0.113.9', '203.0.113.9'])
  const token = await sign({ sub: 'ada', tenant: newTenant('address') })
  expect((await ask('query?q={}', token, { FAILURES })).status).toBe(400)
  expect(FAILURES.keys).toHaveLength(2)
})

it('LOD-9 without the bindings, or where they fail, nobody is turned away', async () => {
  const failing = { limit: () => Promise.reject(new Error('no counter')) }
  const token = await sign({ sub: 'ada', tenant: newTenant('unbound') })
  for (const bindings of [
    { ADMISSION: undefined, FAILURES: undefined },
    { ADMISSION: failing, FAILURES: failing },
  ]) {
    expect((await ask('query?q={}', token, bindings)).status).toBe(400)
    expect((await ask('query?q={}', 'nonsense', bindings)).status).toBe(401)
  }
})
