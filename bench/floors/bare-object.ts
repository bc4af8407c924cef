import { DurableObject } from 'cloudflare:workers'

type Row = { readonly [column: string]: string | number | null }

/** What a write sets: one field of one row. */
export type Write = { readonly id: string; readonly reference: string }

/**
 * A Durable Object with rows and sockets, and nothing of the engine: no identity, no rules, no merge, no log,
 * no Postgres. What a message does is its subclass's.
 */
export abstract class BareObject extends DurableObject {
  protected readonly sql = this.ctx.storage.sql
  /** Sockets that get what others write. */
  protected readonly subscribers = new Set<WebSocket>(this.ctx.getWebSockets('subscriber'))

  constructor(context: DurableObjectState, env: Env) {
    super(context, env)
    this.sql.exec(
      `CREATE TABLE IF NOT EXISTS invoice (
        id TEXT PRIMARY KEY, number TEXT, contactId TEXT, status TEXT, totalCents INTEGER, paidCents INTEGER,
        reminders INTEGER, reference TEXT, dueOn TEXT
      ) WITHOUT ROWID`,
    )
  }

  protected abstract take(message: string): void

  /**
   * `/sync/rows` puts rows in; `/sync/subscribe` and `/sync/write` open sockets, the first after it has sent all rows;
   * `/sync/events` sends them as an event.
   */
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/sync/rows') {
      this.#put(await request.json<Row[]>())
      return new Response(null, { status: 204 })
    }
    if (pathname === '/sync/events') {
      return new Response(`data: ${this.#rows()}\n\n`, { headers: { 'content-type': 'text/event-stream' } })
    }
    const [client, server] = Object.values(new WebSocketPair())
    if (!client || !server) throw new Error('a WebSocketPair has two ends')
    const isSubscriber = pathname === '/sync/subscribe'
    this.ctx.acceptWebSocket(server, isSubscriber ? ['subscriber'] : [])
    if (isSubscriber) {
      server.send(this.#rows())
      this.subscribers.add(server)
    }
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(_: WebSocket, message: string | ArrayBuffer): void {
    this.take(String(message))
  }

  override webSocketClose(socket: WebSocket): void {
    this.subscribers.delete(socket)
    socket.close()
  }

  protected put({ id, reference }: Write): void {
    this.sql.exec('UPDATE invoice SET reference = ? WHERE id = ?', reference, id)
  }

  protected broadcast(text: string): void {
    for (const socket of this.subscribers) socket.send(text)
  }

  #rows(): string {
    return JSON.stringify(this.sql.exec('SELECT * FROM invoice ORDER BY id').toArray())
  }

  #put(rows: readonly Row[]): void {
    this.ctx.storage.transactionSync(() => {
      for (const {
        id,
        number,
        contactId,
        status,
        totalCents,
        paidCents,
        reminders,
        reference,
        dueOn,
      } of rows) {
        const values = [id, number, contactId, status, totalCents, paidCents, reminders, reference, dueOn]
        this.sql.exec('INSERT OR REPLACE INTO invoice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', ...values)
      }
    })
  }
}

type Environment = { readonly TENANT: DurableObjectNamespace }

/** The Worker before it: every request is the one object's. */
export const worker: ExportedHandler<Environment> = {
  fetch: (request, env) => env.TENANT.get(env.TENANT.idFromName('bare')).fetch(request),
}

/** The configuration of the product names a second class, of which nothing is asked here. */
export class Registry extends DurableObject {}
