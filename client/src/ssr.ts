import type { AppTypes, Client } from './api/types.ts'
import { makeClient } from './client-in.ts'
import type { Environment } from './environment/environment.ts'
import { hostEnvironment } from './environment/host-environment.ts'
import type { ClientOptions } from './options.ts'
import { register } from './ssr/reads.ts'

export { type Dehydrated, dehydrate, hydrate } from './ssr/dehydrate.ts'
export { type Preloaded, preload } from './ssr/preload.ts'

/**
 * Makes a client for rendering one request on a server: it connects to nothing, shows what is preloaded, and takes no
 * edits. Its `url` is an absolute one, and its `getToken` gives the token of whoever asks.
 *
 * @example const db = createServerClient<App>({ url: 'https://sync.example', tenant, getToken: () => token })
 */
export function createServerClient<App extends AppTypes>(options: ClientOptions): Client<App> {
  return createServerClientIn<App>(
    hostEnvironment(() => () => ({ send: () => {}, close: () => {} }), options.fetch),
    options,
  )
}

/** The same with time and requests of the caller's making. */
export function createServerClientIn<App extends AppTypes>(
  environment: Environment,
  options: ClientOptions,
): Client<App> {
  const never = new Promise<never>(() => {})
  const client = makeClient<App>(inert(environment), { ...options, getToken: () => never }, () => never)
  register(client, { ...environment, ...options })
  return client
}

/** Nothing happens by itself. */
function inert(environment: Environment): Environment {
  const nothing = () => () => {}
  return { ...environment, setTimer: nothing, onWake: nothing, onHide: nothing }
}
