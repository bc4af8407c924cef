import { byName, collection, transactionCollection } from './collections.ts'
import { type Environment, hostEnvironment } from './environment.ts'
import { eventsOpener } from './events-opener.ts'
import { fallbackOpener } from './fallback.ts'
import { Runtime } from './runtime.ts'
import { partysocketOpener } from './transport.ts'
import type { AppTypes, Client, ClientCore, ClientOptions, Transaction } from './types.ts'

/**
 * Connects an application's browser code to its tenant.
 *
 * @example
 * import type { App } from '../src/app/sync'
 * const db = createClient<App>({ url: '/', tenant: 'acme', getToken: async () => (await fetch('/token')).text() })
 */
export function createClient<App extends AppTypes>(options: ClientOptions): Client<App> {
  return createClientIn<App>(hostEnvironment(networkOpener), options)
}

/** A WebSocket, and events where none gets through. */
export const networkOpener = ({ now, setTimer, soon }: Omit<Environment, 'openSocket'>) =>
  fallbackOpener({
    webSocket: partysocketOpener(),
    events: eventsOpener({ now, soon, setTimer, fetch: (...request) => fetch(...request) }),
    now,
    setTimer,
  })

/** `createClient` with time, chance and network of the caller's making. */
export function createClientIn<App extends AppTypes>(
  environment: Environment,
  options: ClientOptions,
): Client<App> {
  const runtime = new Runtime(environment, options)
  const core: ClientCore<App> = {
    connection: {
      subscribe: (listener) => runtime.connectionListeners.add(listener),
      getSnapshot: () => runtime.connection,
      retry: () => runtime.retry(),
    },
    transaction: (run, options) =>
      runtime.edit((composer) => {
        // Sound as below.
        run(byName((name) => transactionCollection(composer, name)) as Transaction<App>)
      }, options),
    onError: (listener) => runtime.errorListeners.add(listener),
    onInvalidate: (pattern, listener) => runtime.invalidations.listen(pattern, listener),
    close: () => runtime.close(),
  }
  // The types come from the application's definition and the manifest from the same one, against
  // which every name and value is checked; `collection` has the shape of `CollectionClient`.
  return byName((name) =>
    Object.hasOwn(core, name) ? Reflect.get(core, name) : collection(runtime, name),
  ) as Client<App>
}
