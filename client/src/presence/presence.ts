import { saysPresence } from '../../../src/protocol/codec/earlier-words.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { PeersNews } from '../../../src/protocol/down/peers.ts'
import { PRESENCE_EVERY_MS } from '../../../src/protocol/limits.ts'
import type { Followed, Place, Presence as Said } from '../../../src/protocol/presence.ts'
import { whyNoPresence } from '../../../src/protocol/presence-fault.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Guard } from '../api/guard.ts'
import { Listeners, type Observable } from '../api/observable.ts'
import type { OwnPlace, Peer } from '../api/presence.ts'
import type { SessionPart } from '../api/session-part.ts'
import type { Environment } from '../environment/environment.ts'

type Port = Pick<Environment, 'now' | 'setTimer' | 'isVisible' | 'onWake' | 'onHide'> & {
  readonly guard: Guard
  /** There is something to send. */
  readonly changed: () => void
}

/** The people in one place that somebody listens for. */
type Room = { readonly of: Followed; readonly listeners: Listeners<readonly Peer[]>; peers: readonly Peer[] }

const NOBODY: readonly Peer[] = Object.freeze([])

const NOWHERE = JSON.stringify({ at: [], of: [] } satisfies Said)

/**
 * The places where this client is, and who else is in those that somebody listens for. It is said again on each new
 * connection, at most ten times a second, and only while the page is in front: whoever does not look is nowhere.
 */
export class Presence implements SessionPart {
  readonly #port: Port
  readonly #own = new Map<symbol, Place>()
  readonly #rooms = new Map<string, Room>()
  readonly #peers = new Map<string, Peer>()
  /** What the server knows. */
  #said = NOWHERE
  #saidAt = Number.NEGATIVE_INFINITY
  #cancelWait: (() => void) | undefined
  readonly #stops: readonly (() => void)[]
  #signs = false

  constructor(port: Port) {
    this.#port = port
    this.#stops = [port.onWake(port.changed), port.onHide(port.changed)]
  }

  /** The server counts on a sign of life every few seconds. */
  get signs(): boolean {
    return this.#signs
  }

  /** Throws, with a code, for what is no place and for more of them than a client may be in. */
  readonly enter = (place: Place): OwnPlace<Place> => {
    const key = Symbol()
    this.#move(key, place)
    return {
      move: (next) => {
        if (this.#own.has(key)) this.#move(key, next)
      },
      leave: () => {
        if (this.#own.delete(key)) this.#port.changed()
      },
    }
  }

  /** The people in a place besides oneself. Nothing is kept of one that nobody listens to. */
  readonly of = (followed: Followed): Observable<readonly Peer[]> => {
    const key = JSON.stringify(followed)
    return {
      subscribe: (listener) => this.#follow(key, followed, listener),
      getSnapshot: () => this.#rooms.get(key)?.peers ?? NOBODY,
    }
  }

  /** The frame that brings the server up to date, unless one has just gone up: then it follows a moment later. */
  outgoing(version: number): Up[] {
    // An earlier version has no word for it.
    if (!saysPresence(version)) return []
    const said: Said = this.#port.isVisible() ? this.#now() : { at: [], of: [] }
    const text = JSON.stringify(said)
    if (text === this.#said || this.#cancelWait) return []
    const waitMs = this.#saidAt + PRESENCE_EVERY_MS - this.#port.now()
    if (waitMs > 0 && waitMs <= PRESENCE_EVERY_MS) {
      this.#cancelWait = this.#port.setTimer(waitMs, () => {
        this.#cancelWait = undefined
        this.#port.changed()
      })
      return []
    }
    this.#said = text
    this.#saidAt = this.#port.now()
    if (said.of.length === 0) this.#forget()
    return [['presence', said]]
  }

  heard(frame: Down): void {
    if (frame[0] === 'peers') this.#told(frame[1])
  }

  /** The server says who is where. */
  #told({ signs, all, peers = [], gone = [], again }: PeersNews): void {
    this.#signs = signs
    if (all || again) this.#peers.clear()
    for (const peer of peers) this.#peers.set(peer.subject, peer)
    for (const subject of gone) this.#peers.delete(subject)
    this.#show()
    if (!again) return
    this.#said = NOWHERE
    this.#port.changed()
  }

  /** The connection is gone, and with it what the server knew and what it told. */
  disconnected(): void {
    this.#said = NOWHERE
    this.#forget()
  }

  /** Ends for good. */
  close(): void {
    this.#own.clear()
    this.#cancelWait?.()
    for (const stop of this.#stops) stop()
  }

  #now(): Said {
    const at = new Map([...this.#own.values()].map((place) => [JSON.stringify(place), place]))
    return { at: [...at.values()], of: [...this.#rooms.values()].map(({ of }) => of) }
  }

  #move(key: symbol, place: Place): void {
    const before = this.#own.get(key)
    this.#own.set(key, place)
    this.#checked(() => (before === undefined ? this.#own.delete(key) : this.#own.set(key, before)))
    this.#port.changed()
  }

  #follow(key: string, of: Followed, listener: (peers: readonly Peer[]) => void): () => void {
    const room = this.#rooms.get(key) ?? { of, listeners: new Listeners(this.#port.guard), peers: NOBODY }
    if (!this.#rooms.has(key)) {
      this.#rooms.set(key, room)
      this.#checked(() => this.#rooms.delete(key))
      room.peers = this.#peersOf(of)
      this.#port.changed()
    }
    const stop = room.listeners.add(listener)
    return () => {
      if (!stop() || room.listeners.size > 0) return
      this.#rooms.delete(key)
      this.#port.changed()
    }
  }

  /** Takes back what cannot be said, and throws why. */
  #checked(takeBack: () => void): void {
    const reason = whyNoPresence(this.#now())
    if (reason === undefined) return
    takeBack()
    throw Object.assign(new TypeError(reason), { code: 'bad-value' })
  }

  #forget(): void {
    this.#signs = false
    this.#peers.clear()
    this.#show()
  }

  #show(): void {
    for (const room of this.#rooms.values()) {
      const peers = this.#peersOf(room.of)
      if (JSON.stringify(peers) === JSON.stringify(room.peers)) continue
      room.peers = peers
      room.listeners.emit(peers, () => room.peers === peers)
    }
  }

  #peersOf(of: Followed): readonly Peer[] {
    const peers = [...this.#peers.values()].flatMap((peer) => {
      const places = peer.places.filter((place) => isIn(place, of))
      return places.length > 0 ? [{ ...peer, places }] : []
    })
    return peers.length > 0 ? peers : NOBODY
  }
}

function isIn(place: Place, followed: Followed): boolean {
  if (typeof place === 'string' || typeof followed === 'string') return place === followed
  return place.collection === followed.collection && (followed.id ?? place.id) === place.id
}
