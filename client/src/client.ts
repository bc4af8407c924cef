import type { AppTypes, Client } from './api/types.ts'
import { createClientIn } from './client-in.ts'
import { hostEnvironment } from './environment/host-environment.ts'
import type { ClientOptions } from './options.ts'
import { laterOpener } from './transport/later-opener.ts'

/**
 * Connects an application's browser code to its tenant.
 *
 * @example
 * import type { App } from '../src/app'
 * const db = createClient<App>({ url: '/', tenant: 'acme', getToken: async () => (await fetch('/token')).text() })
 */
export function createClient<App extends AppTypes>(options: ClientOptions): Client<App> {
  return createClientIn<App>(
    hostEnvironment(
      (environment) =>
        laterOpener(async () => {
          const { later } = await import('./later.ts')
          return later.networkOpener(environment, options.WebSocket)
        }),
      options.fetch,
    ),
    options,
  )
}
