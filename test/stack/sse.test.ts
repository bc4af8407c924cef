import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../client/src/index.ts'
import { type BlockingProxy, startBlockingProxy } from '../../dev/harness/blocking-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import type { App } from '../fixtures/board/sync.ts'
import { follow, open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let proxy: BlockingProxy
let ada: Person

beforeAll(async () => {
  stack = await startStack()
  proxy = await startBlockingProxy(stack.url)
  ada = await open(stack, 'ada')
})

afterAll(async () => {
  ada.close()
  await proxy[Symbol.asyncDispose]()
  await stack.stop()
})

it.each([
  ['refuses', 'ben'],
  ['is silent', 'cleo'],
] as const)(
  'SSE-5 where a proxy %s to WebSockets a client is live over events, and what is cut there loses and repeats nothing',
  async (blocking, name) => {
    proxy.blocking = blocking
    const db = createClient<App>({ url: proxy.url, tenant: 'acme', getToken: () => stack.token(name) })
    const ben = await follow(db, name)
    try {
      const id = `c-${blocking.length}`
      expect(await ada.db.assignees.insert({ id, name: '0' }).accepted).toMatchObject({ ok: true })
      for (let n = 1; n <= 4; n++) {
        proxy.cut()
        ada.db.assignees.update(id, (assignee) => {
          assignee.name = `${assignee.name}${n}`
        })
        const mine = ben.db.assignees.insert({ id: `${id}-${n}`, name: String(n) })
        expect(await mine.accepted).toMatchObject({ ok: true })
        await until('Ben sees all of it', () => ben.db.assignees.get(id)?.name === '01234'.slice(0, n + 1))
      }
      await until('both see the same', () => JSON.stringify(ada.shown()) === JSON.stringify(ben.shown()))
    } finally {
      ben.close()
    }
  },
  60_000,
)
