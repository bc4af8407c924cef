import type { AppTypes, Client } from './api/types.ts'
import { createClientIn } from './client-in.ts'
import type { Environment } from './environment/environment.ts'
import { hostEnvironment } from './environment/host-environment.ts'
import type { ClientOptions } from './options.ts'
import { fallbackOpener } from './transport/fallback.ts'
import { laterOpener } from './transport/later-opener.ts'
import { partysocketOpener, type SocketClass } from './transport/transport.ts'

/**
 * Connects an application's browser code to its tenant.
 *
 * @example
 * import type { App } from '../src/app'
 * const db = createClient<App>({ url: '/', tenant: 'acme', getToken: async () => (await fetch('/token')).text() })
 */
export function createClient<App extends AppTypes>(options: ClientOptions): Client<App> {
  return createClientIn<App>(
    hostEnvironment((environment) => networkOpener(environment, options.WebSocket), options.fetch),
    options,
  )
}

/** A WebSocket, and events where none gets through. */
export const networkOpener = (
  { now, setTimer, fetch }: Omit<Environment, 'openSocket'>,
  socketClass?: SocketClass,
) =>
  fallbackOpener({
    webSocket: partysocketOpener(socketClass),
    events: laterOpener(async () => {
      const { eventsOpener } = await import('./transport/events-opener.ts')
      return eventsOpener({ now, setTimer, fetch })
    }),
    now,
    setTimer,
  })
