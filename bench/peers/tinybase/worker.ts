import { DurableObject } from 'cloudflare:workers'
import { createMergeableStore } from 'tinybase'
import { createDurableObjectSqlStoragePersister } from 'tinybase/persisters/persister-durable-object-sql-storage'
import { WsServerDurableObject } from 'tinybase/synchronizers/synchronizer-ws-server-durable-object'

type Environment = { readonly TENANT: DurableObjectNamespace }

type Row = { readonly id: string; readonly [column: string]: string | number }

/** TinyBase's server for Durable Objects, with its store in the object's SQLite, one row for each value. */
export class Tenant extends WsServerDurableObject<Environment> {
  readonly #store = createMergeableStore()

  override createPersister() {
    return createDurableObjectSqlStoragePersister(this.#store, this.ctx.storage.sql, { mode: 'fragmented' })
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.method === 'POST') return this.#put(request)
    return (await super.fetch?.(request)) ?? new Response('This is for WebSockets.', { status: 426 })
  }

  async #put(request: Request): Promise<Response> {
    const rows = await request.json<Row[]>()
    this.#store.setTable('invoices', Object.fromEntries(rows.map(({ id, ...row }) => [id, row])))
    return new Response(null, { status: 204 })
  }
}

/** The configuration of the product names a second class, of which nothing is asked here. */
export class Registry extends DurableObject {}

export default {
  fetch: (request, env) => env.TENANT.get(env.TENANT.idFromName('room')).fetch(request),
} satisfies ExportedHandler<Environment>
