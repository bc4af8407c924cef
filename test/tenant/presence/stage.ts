import type { Socket } from '../../../src/platform/platform.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import type { PeersNews } from '../../../src/protocol/down/peers.ts'
import type { Presence as Said } from '../../../src/protocol/presence.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { Presence } from '../../../src/tenant/presence/presence.ts'
import type { Session } from '../../../src/tenant/sessions/session.ts'
import { Sessions } from '../../../src/tenant/sessions/sessions.ts'
import { whyOver } from '../../../src/tenant/sessions/why-over.ts'
import { app } from '../../fixtures/board/sync.ts'
import { uncounted } from '../../support/uncounted.ts'

const NOTHING_REVOKED = { revoked: { list: { concerns: () => false } } }

/** A session of somebody on the stage, with what it was sent. */
export type Actor = {
  readonly session: Session
  readonly texts: string[]
  /** What it was told of others since this was asked last. */
  news(): PeersNews[]
  /** When it last sent a heartbeat, in ms since 1970. */
  beatAt: number
}

type FakeSocket = Socket & { readonly actor: Pick<Actor, 'texts' | 'beatAt'>; attachment: unknown }

/** The room of presence alone, with sockets and a clock of the test's making. */
export class Stage {
  now = 1_000_000
  readonly rows = new Map<string, Row>()
  readonly logged: string[] = []
  sessions: Sessions
  presence: Presence
  readonly #sockets: FakeSocket[] = []
  #waits: { readonly at: number; readonly run: () => void }[] = []
  #soon: (() => void)[] = []

  constructor() {
    const woken = this.#wake()
    this.sessions = woken.sessions
    this.presence = woken.presence
  }

  /** The object sleeps, and wakes with nothing but its sockets. */
  sleep(): void {
    this.settle()
    Object.assign(this, this.#wake())
  }

  #wake(): { sessions: Sessions; presence: Presence } {
    const now = () => this.now
    const pause = (ms: number) =>
      new Promise<void>((resolve) => this.#waits.push({ at: this.now + ms, run: resolve }))
    const log = (event: string) => void this.logged.push(event)
    const context: ConstructorParameters<typeof Sessions>[0] = {
      getWebSockets: () => this.#sockets,
      acceptWebSocket: () => {},
      getWebSocketAutoResponseTimestamp: (socket) => {
        const beatAt = this.#sockets.find((one) => one === socket)?.actor.beatAt ?? 0
        return beatAt === 0 ? null : new Date(beatAt)
      },
    }
    const host = {
      ending: (session: Session) => presence.ended(session),
      whyOver: (session: Session) => whyOver({ store: NOTHING_REVOKED, now }, session),
      pause,
      log,
      now,
      metrics: uncounted,
    }
    const sessions: Sessions = new Sessions(context, host)
    const presence: Presence = new Presence({
      app,
      sessions,
      store: { living: (collection, id) => this.rows.get(`${collection}/${id}`) },
      log,
      now,
      pause,
      endOfTurn: (run) => void this.#soon.push(run),
      rescheduled: () => {},
    })
    return { sessions, presence }
  }

  /** A greeted session of a person. */
  join(sub: string, role: 'owner' | 'viewer' = 'owner'): Actor {
    const texts: string[] = []
    let read = 0
    const news = () => {
      const fresh = texts.slice(read)
      read = texts.length
      return fresh.flatMap((text) => {
        const decoded = decodeDown(text, PROTOCOL_VERSION)
        if (!decoded.ok) throw new Error(decoded.error.message)
        return decoded.frame[0] === 'peers' ? [decoded.frame[1]] : []
      })
    }
    const state = { texts, beatAt: 0 }
    const socket: FakeSocket = {
      actor: state,
      attachment: undefined,
      readyState: 1,
      send: (text) => void texts.push(text),
      close: () => {},
      serializeAttachment: (attachment) => {
        socket.attachment = structuredClone(attachment)
      },
      deserializeAttachment: () => structuredClone(socket.attachment),
    }
    this.#sockets.push(socket)
    const id = `s${this.#sockets.length}`
    const claims = { sub, tenant: 'acme', role, name: sub.toUpperCase() }
    const entry = { id, claims, protocol: PROTOCOL_VERSION, expiresAt: this.now, helloBy: this.now + 1_000 }
    this.sessions.open(socket, entry).bind(`client-${id}`, 0)
    const find = () => {
      const session = this.sessions.byId(id)
      if (!session) throw new Error(`${sub} is not connected any more`)
      return session
    }
    return {
      texts,
      news,
      get session() {
        return find()
      },
      get beatAt() {
        return state.beatAt
      },
      set beatAt(at) {
        state.beatAt = at
      },
    }
  }

  /** A socket goes, and no event tells of it. */
  vanish(actor: Actor): void {
    const { id } = actor.session
    this.#sockets.splice(Number(id.slice(1)) - 1, 1)
  }

  /** Somebody says where they are, and everybody is told. */
  async say(actor: Actor, said: Partial<Said>): Promise<void> {
    actor.session.spoke()
    this.presence.said(actor.session, { at: [], of: [], ...said })
    await this.pass(100)
  }

  /** Runs what is due now. */
  settle(): void {
    for (let run = this.#soon.shift(); run; run = this.#soon.shift()) run()
  }

  /** Lets time pass, in which what is due is done, and the alarm goes off when it should. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      this.settle()
      const next = Math.min(...this.#waits.map(({ at }) => at), this.presence.dueAt ?? end + 1, end)
      this.now = Math.max(this.now, next)
      const due = this.#waits.filter(({ at }) => at <= this.now)
      this.#waits = this.#waits.filter(({ at }) => at > this.now)
      for (const { run } of due) run()
      for (let i = 0; i < 5; i++) await Promise.resolve()
      this.presence.review()
      this.settle()
      if (this.now >= end && due.length === 0) return
    }
  }
}
