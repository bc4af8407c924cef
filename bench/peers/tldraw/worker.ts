import { DurableObject } from 'cloudflare:workers'
import { DurableObjectSqliteSyncWrapper, SQLiteSyncStorage, TLSocketRoom } from '@tldraw/sync-core'
import { type InvoiceRecord, recordId, schema } from './schema.ts'

type Environment = { readonly TENANT: DurableObjectNamespace }

/** A room of tldraw sync that keeps its records in the object's SQLite, as its template does. */
export class Tenant extends DurableObject<Environment> {
  readonly #sql = new DurableObjectSqliteSyncWrapper(this.ctx.storage)
  #room: TLSocketRoom<InvoiceRecord, void> | undefined
  #sessions = 0

  override async fetch(request: Request): Promise<Response> {
    if (request.method === 'POST') {
      this.#put(await request.json<{ id: string }[]>())
      return new Response(null, { status: 204 })
    }
    const [client, server] = Object.values(new WebSocketPair())
    if (!client || !server) throw new Error('a WebSocketPair has two ends')
    server.accept()
    this.#room ??= new TLSocketRoom<InvoiceRecord, void>({
      schema,
      storage: new SQLiteSyncStorage<InvoiceRecord>({ sql: this.#sql }),
    })
    this.#room.handleSocketConnect({ sessionId: `session-${this.#sessions++}`, socket: server })
    return new Response(null, { status: 101, webSocket: client })
  }

  #put(rows: readonly { id: string }[]): void {
    const documents = rows.map((row) => ({
      state: { ...row, id: recordId(row.id), typeName: 'invoice' as const },
      lastChangedClock: 0,
    }))
    new SQLiteSyncStorage<InvoiceRecord>({
      sql: this.#sql,
      snapshot: { documentClock: 0, documents, schema: schema.serialize() },
    })
  }
}

/** The configuration of the product names a second class, of which nothing is asked here. */
export class Registry extends DurableObject {}

export default {
  fetch: (request, env) => env.TENANT.get(env.TENANT.idFromName('room')).fetch(request),
} satisfies ExportedHandler<Environment>
