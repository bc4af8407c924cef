import type { Conflicts } from './api/conflicts.ts'
import type { ConflictAbout, ConflictOf } from './api/conflicts-of.ts'
import type { Notifications } from './api/notifications.ts'
import type { PresenceApi } from './api/presence.ts'
import type { AppTypes, Client, ClientCore, Transaction } from './api/types.ts'
import { byName, collection, transactionCollection } from './collections.ts'
import type { Environment } from './environment/environment.ts'
import type { Later } from './later.ts'
import type { Load } from './loading.ts'
import type { ClientOptions } from './options.ts'
import { rowFromWire } from './replica/shown-row.ts'
import { Runtime } from './runtime.ts'

/**
 * `createClient` with time, chance and network of the caller's making.
 *
 * @param load gives what is needed once the client has been let in
 */
export function makeClient<App extends AppTypes>(
  environment: Environment,
  options: ClientOptions,
  load: Load<Later>,
): Client<App> {
  const { trace } = options
  const given = { environment, options, load }
  const means = trace ? trace.begin(given) : given
  const runtime = new Runtime(means.environment, means.options, means.load)
  const core = coreOf<App>(runtime, environment)
  if (trace) Object.assign(core, trace.made(core))
  // The types come from the application's definition and the manifest from the same one, against
  // which every name and value is checked; `collection` has the shape of `CollectionClient`.
  return byName((name) =>
    Object.hasOwn(core, name) ? Reflect.get(core, name) : collection(runtime, name),
  ) as Client<App>
}

/** The same where it does not matter how that is loaded. */
export function createClientIn<App extends AppTypes>(
  environment: Environment,
  options: ClientOptions,
  load: Load<Later> = async () => (await import('./later.ts')).later,
): Client<App> {
  return makeClient<App>(environment, options, load)
}

/** The members of a client besides its collections. */
export function coreOf<App extends AppTypes>(
  runtime: Runtime,
  environment: Environment,
): Omit<ClientCore<App>, 'notifications'> & { readonly notifications: Notifications } {
  return {
    connection: {
      ...runtime.connected,
      retry: () => runtime.retry(),
    },
    transaction: (run, options) =>
      runtime.edit((composer) => {
        // Sound as above.
        run(byName((name) => transactionCollection(composer, name)) as Transaction<App>)
      }, options),
    undo: (item, options) => runtime.parts.of('history').undo(item, options),
    get notifications() {
      return runtime.parts.of('notifications')
    },
    get metrics() {
      return runtime.parts.of('metrics')
    },
    onError: (listener) => runtime.errorListeners.add(listener),
    onInvalidate: (pattern, listener, options) => runtime.invalidations.listen(pattern, listener, options),
    // Sound as above: items are typed by the application, and made of rows that its manifest was checked against.
    get conflicts() {
      return runtime.parts.of('conflicts') as Conflicts<ConflictOf<App>, ConflictAbout<App>>
    },
    get presence() {
      return runtime.parts.of('presence') as PresenceApi<App>
    },
    get refused() {
      return runtime.persisted.refused
    },
    signOut: () => runtime.persisted.signOut(),
    preloads: {
      preload: (query, columns, rows) =>
        runtime.preload(
          query,
          rows.map((row) => rowFromWire(columns, row)),
        ),
    },
    texts: {
      row: ({ collection: name, record, column }) =>
        runtime.query({ collection: name, where: ['=', 'id', record], select: [column] }, 'high'),
      join: (part) => runtime.join(part),
      changed: () => runtime.changed(),
      equipTexts: (rules) => runtime.equipTexts(rules),
      edit: ({ collection: name, record, column }, change, whole) =>
        runtime.edit((composer) => composer.editText(name, record, column, change, whole)),
      environment,
      guard: runtime.guard,
    },
    close: () => runtime.close(),
  }
}
