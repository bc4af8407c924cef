import { DurableObject } from 'cloudflare:workers'
import { type Connection, getServerByName, Server, type WSMessage } from 'partyserver'

type Environment = { readonly TENANT: DurableObjectNamespace<Tenant> }

/** A room that sends on what it is sent, as PartyServer's own example does, and stores nothing. */
export class Tenant extends Server<Environment> {
  static override options = { hibernate: true }

  override onMessage(connection: Connection, message: WSMessage): void {
    this.broadcast(message, [connection.id])
  }
}

/** The configuration of the product names a second class, of which nothing is asked here. */
export class Registry extends DurableObject {}

export default {
  async fetch(request, env) {
    if (request.method === 'POST') return new Response(null, { status: 204 })
    const room = await getServerByName(env.TENANT, 'room')
    return room.fetch(request)
  },
} satisfies ExportedHandler<Environment>
