import type { AppTypes, Client } from './api/types.ts'
import { makeClient } from './client-in.ts'
import { hostEnvironment } from './environment/host-environment.ts'
import type { ClientOptions } from './options.ts'
import { laterOpener } from './transport/later-opener.ts'

const loaded = () => import('./loaded.ts')

/**
 * Connects an application's browser code to its tenant.
 *
 * @example
 * import type { App } from '../src/app'
 * const db = createClient<App>({ url: '/', tenant: 'acme', getToken: async () => (await fetch('/token')).text() })
 */
export function createClient<App extends AppTypes>(options: ClientOptions): Client<App> {
  return makeClient<App>(
    hostEnvironment(
      (environment) =>
        laterOpener(async () => (await loaded()).networkOpener(environment, options.WebSocket)),
      options.fetch,
    ),
    options,
    async () => (await loaded()).later,
  )
}
