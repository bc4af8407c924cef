import type { App } from '../../../test/fixtures/board/sync.ts'
import { type Client, createClient, SignedOut } from '../../src/index.ts'

/** The examples of docs/connection.md, which repeats the lines of each: the compiler reads them. */
export function documented(show: (...shown: unknown[]) => void): Client<App> {
  const db = createClient<App>({
    url: '/',
    tenant: 'acme',
    getToken: async ({ reason, signal }) => {
      const response = await fetch(`/api/token?why=${reason}`, { signal })
      if (response.status === 401) throw new SignedOut()
      if (!response.ok) throw new Error(response.statusText)
      return response.text()
    },
  })
  // biome-ignore format: as in the document
  const stop = db.connection.subscribe(({ state, pending, cause, retryAt }) => show(state, pending, cause?.message, retryAt))
  db.connection.retry()
  stop()
  return db
}
