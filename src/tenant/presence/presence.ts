import { everybody } from '../../core/presence/everybody.ts'
import { judgePresence } from '../../core/presence/judge-presence.ts'
import { meetingOf } from '../../core/presence/meeting.ts'
import { asTold, newsSince, type Told, toldHash } from '../../core/presence/news.ts'
import type { IntervalChanges } from '../../core/query/changes.ts'
import { encodeDown } from '../../protocol/codec/codec.ts'
import type { Peer, PeersNews } from '../../protocol/down/peers.ts'
import { MAX_PEERS, PRESENCE_EVERY_MS } from '../../protocol/limits.ts'
import type { Presence as Said } from '../../protocol/presence.ts'
import { alone } from '../sessions/alone.ts'
import type { Deadlines } from '../sessions/deadlines.ts'
import type { Session } from '../sessions/session.ts'
import type { Store } from '../storage/store.ts'
import { type KnowingRights, type RightsOf, rightsBySession } from './rights-by-session.ts'
import { silentAt } from './silent-at.ts'

type PresenceParts = Deadlines &
  KnowingRights & {
    readonly endOfTurn: (run: () => void) => void
    readonly pause: (ms: number) => Promise<void>
    readonly store: Pick<Store, 'living'>
    /** The next time at which somebody may count as gone has moved. */
    readonly rescheduled: () => void
  }

const NOBODY: Told = new Map()

/**
 * The presence of a tenant: who is where, told to those who follow the place and may know of it. It is in the
 * attachments of the sockets and in memory, never in storage; after a sleep it is derived anew. What happens
 * meanwhile is told together, ten times a second at most. While nobody is seen by another person it has no time
 * at which it wants to be woken.
 */
export class Presence {
  readonly #parts: PresenceParts
  readonly #rights: RightsOf
  /** Sessions that are somewhere, or follow a place. */
  readonly #members = new Set<Session>()
  /** What sessions said since they were told last: of one session only its newest word counts. */
  #arrived = new Map<Session, Said>()
  readonly #told = new WeakMap<Session, Told>()
  /** Sessions that had unread too much to be told. */
  readonly #owed = new Set<Session>()
  #isDue = false
  #toldAt = 0
  #dueAt: number | undefined

  constructor(parts: PresenceParts) {
    this.#parts = parts
    this.#rights = rightsBySession(parts)
    for (const session of parts.sessions.all()) if (session.presence) this.#members.add(session)
    this.#schedule()
  }

  /** The first time at which somebody may count as gone, in ms since 1970; undefined while nobody is seen. */
  get dueAt(): number | undefined {
    return this.#dueAt
  }

  /** A session says where it is. */
  said(session: Session, said: Said): void {
    this.#arrived.set(session, said)
    this.#tellSoon()
  }

  /** A session has ended. */
  ended(session: Session): void {
    this.#arrived.delete(session)
    this.#owed.delete(session)
    if (this.#members.delete(session)) this.#tellSoon()
  }

  /** Something may be otherwise: a socket is gone, rights are others, records were loaded. */
  look(): void {
    if (this.#members.size > 0) this.#tellSoon()
  }

  /** Records have changed, on which the rights of those who look at them may hang. */
  changed(changes: IntervalChanges): void {
    for (const { presence } of this.#members) {
      const isHere = presence?.at.some(
        (place) => typeof place !== 'string' && changes.get(place.collection)?.has(place.id),
      )
      if (isHere) {
        this.#tellSoon()
        return
      }
    }
  }

  /** A session has read what it was sent. */
  readOn(session: Session): void {
    if (this.#owed.delete(session)) this.#tellSoon()
  }

  /** Time has passed: whoever has given no sign of life is somewhere no more. */
  review(): void {
    const { now } = this.#parts
    if (this.#dueAt === undefined || this.#dueAt > now()) return
    for (const session of [...this.#members]) {
      if ((silentAt(session) ?? Number.POSITIVE_INFINITY) > now()) continue
      alone(this.#parts, session, 'presence', () => this.#forget(session))
    }
    this.#schedule()
  }

  #forget(session: Session): void {
    session.stand(undefined)
    this.ended(session)
    this.#told.delete(session)
    // Should it live after all, it says again where it is.
    session.send(['peers', { signs: false, again: true }])
  }

  #tellSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    const { now, endOfTurn, pause } = this.#parts
    const waitMs = this.#toldAt + PRESENCE_EVERY_MS - now()
    // A clock that was put back makes nobody wait longer.
    if (waitMs > 0 && waitMs <= PRESENCE_EVERY_MS) void pause(waitMs).then(() => this.#tell())
    else endOfTurn(() => this.#tell())
  }

  #tell(): void {
    const { log, now } = this.#parts
    this.#isDue = false
    this.#toldAt = now()
    try {
      this.#takeArrived()
      this.#tellAll()
      this.#schedule()
    } catch (thrown) {
      log('presence-failed', { error: String(thrown) })
    }
  }

  #takeArrived(): void {
    const arrived = this.#arrived
    this.#arrived = new Map()
    for (const [session, said] of arrived)
      alone(this.#parts, session, 'presence', () => this.#take(session, said))
  }

  #take(session: Session, said: Said): void {
    if (!session.greeted) return
    const error = judgePresence(this.#parts.app.manifest, said)
    if (error) {
      session.send(['error', error])
      return
    }
    if (said.at.length + said.of.length === 0) {
      session.stand(undefined)
      this.#members.delete(session)
      this.#told.delete(session)
      return
    }
    const { presence } = session
    session.stand({ ...presence, ...said, saidAt: this.#parts.now() })
    this.#members.add(session)
    if (said.of.length === 0) this.#told.set(session, NOBODY)
    // What was followed before may have been forgotten there, so all is told anew.
    else if (presence?.of.length === 0) this.#told.delete(session)
  }

  #tellAll(): void {
    const members = [...this.#members]
    const { app, store } = this.#parts
    const sessions = members.map((session) => ({
      claims: session.claims,
      places: session.presence?.at ?? [],
      rights: this.#rights(session),
    }))
    const meeting = meetingOf(everybody(app, sessions, (collection, id) => store.living(collection, id)))
    const known = new Map<string, readonly Peer[]>()
    const peersOf = (session: Session): readonly Peer[] => {
      const of = session.presence?.of ?? []
      const rights = this.#rights(session)
      const key = JSON.stringify([
        of,
        of.map((place) => typeof place !== 'string' && rights(place.collection)),
      ])
      const peers = known.get(key) ?? meeting(of, rights)
      known.set(key, peers)
      return peers.filter(({ subject }) => subject !== session.claims.sub).slice(0, MAX_PEERS)
    }
    const now = new Map(members.map((session) => [session, peersOf(session)]))
    const seen = new Set([...now.values()].flatMap((peers) => peers.map(({ subject }) => subject)))
    for (const [session, peers] of now) {
      const isSeen =
        session.presence !== undefined && session.presence.at.length > 0 && seen.has(session.claims.sub)
      alone(this.#parts, session, 'presence', () => this.#tellOne(session, peers, isSeen || peers.length > 0))
    }
  }

  /** Tells a session what is new to it. @param signs it is to give signs of life */
  #tellOne(session: Session, peers: readonly Peer[], signs: boolean): void {
    const { presence } = session
    if (!presence || this.#parts.sessions.endIfOver(session)) return
    const toTell = asTold(peers)
    const hash = toldHash(toTell)
    // What was told before a sleep is known by its hash.
    const told = this.#told.get(session) ?? (presence.told === hash ? toTell : undefined)
    const news: Partial<PeersNews> | undefined = told
      ? newsSince(told, peers)
      : { all: true, peers: [...peers] }
    const isSigning = presence.signsSince !== undefined
    if (news || signs !== isSigning) {
      const text = encodeDown(['peers', { signs, ...news }], session.protocol)
      if (session.behindSince !== undefined || !session.hasRoomFor(text.length)) {
        this.#owed.add(session)
        return
      }
      session.sendText(text)
    }
    this.#told.set(session, toTell)
    if (presence.told === hash && signs === isSigning) return
    const signsSince = signs ? (presence.signsSince ?? this.#parts.now()) : undefined
    session.stand({ ...presence, told: hash, signsSince })
  }

  #schedule(): void {
    const times = [...this.#members].flatMap((session) => silentAt(session) ?? [])
    this.#dueAt = times.length > 0 ? Math.min(...times) : undefined
    this.#parts.rescheduled()
  }
}
