import type { AppTypes, Client, ClientOptions } from './types.ts'

/**
 * Connects an application's browser code to its tenant.
 *
 * @example
 * import type { App } from '../src/app/sync'
 * const db = createClient<App>({ url: '/', tenant: 'acme', getToken: async () => (await fetch('/token')).text() })
 */
export declare function createClient<App extends AppTypes>(options: ClientOptions): Client<App>
