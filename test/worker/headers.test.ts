import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { SUBPROTOCOL } from '../../src/protocol/version.ts'
import { newTenant, sign, upgrade } from '../tenant/support/peer.ts'

const SAID_BY_ALL = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

async function headersOf(path: string, init: RequestInit = {}): Promise<Record<string, string>> {
  const response = await exports.default.fetch(`https://tidemark.test${path}`, init)
  await response.body?.cancel()
  return Object.fromEntries(response.headers)
}

it.each([
  ['/health', {}],
  ['/sync/query', {}],
  ['/sync/history', {}],
  ['/sync/events', {}],
  ['/sync/connect', {}],
  ['/sync/nowhere', {}],
  ['/sync/frames', { method: 'POST' }],
  ['/sync/nudge', { method: 'POST' }],
  ['/sync/tenant', { method: 'DELETE' }],
  ['/sync/revoke', { method: 'POST' }],
] as const)(
  'CRD-10 the Worker’s answer to %s is data and nothing else, and is not kept',
  async (path, init) => {
    expect(await headersOf(path, init)).toMatchObject({ ...SAID_BY_ALL, 'cache-control': 'no-store' })
  },
)

it('CRD-10 an answer that may be kept for its person, and a stream, say so themselves', async () => {
  const headers = { Authorization: `Bearer ${await sign({ sub: 'ada', tenant: newTenant('headers') })}` }
  const query = encodeURIComponent('{"collection":"cards"}')
  expect(await headersOf(`/sync/query?q=${query}`, { headers })).toMatchObject({
    ...SAID_BY_ALL,
    'cache-control': 'private, no-cache',
  })
  expect(await headersOf(`/sync/events?q=${query}`, { headers })).toMatchObject({
    ...SAID_BY_ALL,
    'cache-control': 'no-store, no-transform',
  })
})

it('CRD-10 a socket is let in as before', async () => {
  const response = await upgrade(await sign({ sub: 'ada', tenant: newTenant('headers') }))
  expect([response.status, response.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, SUBPROTOCOL])
  response.webSocket?.accept()
  response.webSocket?.close(1000)
})
