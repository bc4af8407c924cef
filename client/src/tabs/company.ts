import type { Environment } from '../environment/environment.ts'
import type { Socket, SocketListener } from '../environment/socket.ts'
import type { ShareEars, ShareNews, SharePort, Sharing } from '../parts/share.ts'
import { Hub } from './hub.ts'
import { isMessage, type Message } from './message.ts'
import type { Neighbours } from './neighbours.ts'
import { RemoteSocket } from './remote-socket.ts'
import { Room } from './room.ts'
import { subjectOf } from './subject.ts'

/**
 * The pages of one person in one browser, as one of them sees it. One leads, by a lock: it alone has a connection with
 * the server, and a hub on it, over which the others speak.
 *
 *   alone --enter--> follows --the lock is free, or was stolen--> leads
 *                       ^                                           |
 *                       +---- it sleeps, or another has stolen it --+
 *
 * - Whoever leads anew connects, and all others come back over it, as clients do after a server was away.
 * - Before a page knows whose it is it works alone.
 */
export class Company implements Sharing {
  readonly environment: Environment
  readonly #port: SharePort
  readonly #neighbours: Neighbours
  readonly #wakers = new Set<() => void>()
  #room: Room | undefined
  #hub: Hub | undefined
  /** What the server has chosen, once the hub's session has begun. */
  #subprotocol: string | undefined
  #subject = ''
  /** Sockets of other pages that lead to this one's hub, by their names. */
  readonly #guests = new Map<string, { readonly page: string; readonly socket: Socket }>()
  #remote: RemoteSocket | undefined

  constructor(port: SharePort, neighbours: Neighbours) {
    this.#port = port
    this.#neighbours = neighbours
    const { environment } = port
    this.environment = {
      ...environment,
      openSocket: (...given) => this.#open(...given),
      onWake: (listener) => {
        this.#wakers.add(listener)
        const stop = environment.onWake(listener)
        return () => {
          this.#wakers.delete(listener)
          stop()
        }
      },
    }
  }

  async enter(owner: string, ears: ShareEars): Promise<boolean> {
    const { environment, address, tenant } = this.#port
    if (this.#room?.owner === owner) return this.#room.leads
    this.leave()
    const room = new Room(this.#neighbours, environment, {
      name: `tidemark tabs ${JSON.stringify([address, tenant, owner])}`,
      owner,
      heard: (message) => {
        if (isMessage(message)) this.#heard(message)
      },
      led: (leads) => {
        this.#turned(leads)
        ears.role(leads)
      },
      told: ears.told,
      gone: (page) => {
        for (const [name, guest] of this.#guests) if (guest.page === page) this.#dismiss(name)
        ears.gone()
      },
    })
    this.#room = room
    const leads = await room.begin()
    // Somebody else's pages were joined meanwhile.
    if (this.#room !== room) return leads
    // What was opened before it was known who leads, leads nowhere now, or would be a second connection.
    this.#turned(leads)
    if (this.#subprotocol !== undefined) room.post({ is: 'up' })
    return leads
  }

  leave(): void {
    this.#room?.close()
    this.#room = undefined
    this.#endRemote()
    this.#guests.clear()
  }

  tell(news: ShareNews): void {
    this.#room?.post({ is: 'news', news })
  }

  #open(url: string, protocols: readonly string[], listener: SocketListener): Socket {
    const room = this.#room
    this.#subject = subjectOf(protocols)
    if (!room || room.leads) return this.#openHub(url, protocols, listener)
    const { environment } = this.#port
    const remote = new RemoteSocket(
      {
        environment,
        subject: this.#subject,
        page: room.page,
        post: (message) => room.post(message),
        openOwn: () => environment.openSocket(url, protocols, listener),
        silent: () => {
          if (environment.isVisible()) room.steal()
        },
      },
      listener,
    )
    this.#remote = remote
    return remote
  }

  #openHub(url: string, protocols: readonly string[], own: SocketListener): Socket {
    const { environment, manifest } = this.#port
    this.#subprotocol = undefined
    const hub: Hub = new Hub(
      {
        openSocket: environment.openSocket,
        manifest,
        opened: (subprotocol) => {
          this.#subprotocol = subprotocol
          if (this.#room?.leads) this.#room.post({ is: 'up' })
        },
        // In front this page finds out by itself, and gives a slow link more time.
        asked: () => {
          if (!this.#port.environment.isVisible()) this.#wake()
        },
      },
      url,
      protocols,
      {
        ...own,
        closed: (code) => {
          this.#forget(hub)
          own.closed(code)
        },
      },
    )
    this.#hub = hub
    return {
      send: (text) => hub.send(text),
      close: () => {
        this.#forget(hub)
        hub.close()
      },
    }
  }

  #forget(hub: Hub): void {
    if (this.#hub !== hub) return
    this.#hub = undefined
    this.#subprotocol = undefined
  }

  #heard(message: Message): void {
    const room = this.#room
    if (!room) return
    switch (message.is) {
      case 'open':
        if (room.leads) this.#admit(room, message)
        return
      case 'say':
        this.#guests.get(message.socket)?.socket.send(message.text)
        return
      case 'close':
        this.#dismiss(message.socket)
        return
      case 'up':
        if (!this.#remote?.isWaiting) this.#wake()
        this.#remote?.ask()
        return
      case 'led':
        this.#endRemote()
        return
      case 'news':
        room.told(message.news)
        return
      default:
        this.#remote?.heard(message)
    }
  }

  #admit(room: Room, { socket, page, subject }: Extract<Message, { is: 'open' }>): void {
    if (subject !== this.#subject && this.#hub) {
      room.post({ is: 'other', socket })
      return
    }
    room.watch(page)
    if (!this.#hub || this.#subprotocol === undefined) {
      room.post({ is: 'soon', socket })
      return
    }
    if (this.#guests.has(socket)) return
    const guest = this.#hub.connect({
      received: (text) => room.post({ is: 'told', socket, text }),
      closed: (code) => {
        this.#guests.delete(socket)
        room.post({ is: 'closed', socket, code })
      },
    })
    this.#guests.set(socket, { page, socket: guest })
    room.post({ is: 'opened', socket, subprotocol: this.#subprotocol })
  }

  #dismiss(name: string): void {
    this.#guests.get(name)?.socket.close()
    this.#guests.delete(name)
  }

  #turned(leads: boolean): void {
    if (leads) this.#endRemote()
    else this.#endHub()
  }

  #endHub(): void {
    const hub = this.#hub
    this.#guests.clear()
    hub?.end()
    if (hub) this.#wake()
  }

  /** The page that led is gone: another connection, at once. */
  #endRemote(): void {
    const remote = this.#remote
    this.#remote = undefined
    remote?.end()
    if (remote) this.#wake()
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker()
  }
}
