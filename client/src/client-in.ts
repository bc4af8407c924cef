import type { AppTypes, Client, ClientCore, ClientOptions, Transaction } from './api/types.ts'
import { byName, collection, transactionCollection } from './collections.ts'
import type { Environment } from './environment/environment.ts'
import { Runtime } from './runtime.ts'

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
