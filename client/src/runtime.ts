import { CLOSE, type WireError, wireError } from '../../src/protocol/errors.ts'
import { CLIENT_ID } from '../../src/protocol/ids.ts'
import type { Query as WireQuery } from '../../src/protocol/query.ts'
import type { Priority } from '../../src/protocol/up/priority.ts'
import type { EditHandle } from './api/edit-handle.ts'
import { type Guard, guardFor, sentenceOf } from './api/guard.ts'
import { Listeners, type Observable } from './api/observable.ts'
import type { PersistMembers } from './api/persistence.ts'
import type { SessionPart } from './api/session-part.ts'
import type { TextRules, TextSlot } from './api/text-rules.ts'
import type { ConnectionSnapshot, EditOptions } from './api/types.ts'
import { toSnapshot } from './connection/connection-snapshot.ts'
import { Connector } from './connection/connector.ts'
import type { Composer } from './edits/composer.ts'
import { NOT_READY, refused } from './edits/refused.ts'
import type { Environment } from './environment/environment.ts'
import type { Later } from './later.ts'
import { type Load, Loading } from './loading.ts'
import type { ClientOptions } from './options.ts'
import { Parts, partsAmong } from './parts/parts.ts'
import type { Persistence } from './parts/persist.ts'
import type { Trace } from './parts/trace.ts'
import { Queries } from './queries/queries.ts'
import type { AskedQuery } from './queries/shared-query.ts'
import { countsOf } from './queue/counts.ts'
import { NOTHING_KEPT } from './queue/durable.ts'
import type { Held, Memory } from './replica/memory.ts'
import { SETTLED, type ShownRow } from './replica/shown-row.ts'
import { Invalidations } from './session/invalidations.ts'
import type { Session } from './session/session.ts'
import { connectAddress } from './transport/address.ts'

/** A client before its collections have types: wires the parts together and tells listeners the news. */
export class Runtime {
  readonly connectionListeners: Listeners<ConnectionSnapshot>
  readonly errorListeners: Listeners<WireError>
  readonly invalidations: Invalidations
  readonly parts: Parts
  readonly guard: Guard
  readonly #environment: Environment
  readonly #clientId: string
  readonly #texts: TextSlot = {}
  /** Who speaks with the server besides. */
  readonly #speakers = new Set<SessionPart>()
  readonly #queries: Queries
  readonly #connector: Connector
  readonly #loading: Loading<Later>
  readonly #persistence: Persistence | undefined
  readonly #trace: Trace | undefined
  /** There from the start where it is kept on a disk; else it comes with what is loaded later. */
  #held: Held | undefined
  #later: Later | undefined
  #session: Session | undefined
  #connection: ConnectionSnapshot

  constructor(given: Environment, options: ClientOptions, load: Load<Later>) {
    if (options.clientId !== undefined && !CLIENT_ID.test(options.clientId)) {
      throw new TypeError('A clientId has 8 to 32 of A-Z a-z 0-9 _ -; leave it out to get one.')
    }
    const parts = partsAmong(options.parts ?? [])
    const address = connectAddress(options.url, given.page)
    const sharing = options.share?.join({
      environment: given,
      address,
      tenant: options.tenant,
      keeps: options.persist !== undefined,
      manifest: () => this.#held?.replica.subscriptions.manifest,
    })
    const environment = sharing?.environment ?? given
    this.#environment = environment
    this.#trace = options.trace
    const guard: Guard = guardFor(options.onError, environment.report)
    this.guard = guard
    this.connectionListeners = new Listeners(guard)
    this.errorListeners = new Listeners(guard)
    this.invalidations = new Invalidations(() => this.changed(), guard, environment)
    this.#clientId = options.clientId ?? environment.newId()
    const { persist } = options
    const held = persist && this.#hold(persist.memory, true)
    this.#connector = new Connector(
      environment,
      { address, getToken: options.getToken },
      {
        opened: (version) => {
          const hello = () => this.#session?.hello(version)
          this.#loading.whenThere(() => {
            if (this.#persistence) this.#persistence.whenKnown(hello)
            else hello()
          })
        },
        received: (text) => this.#loading.whenThere(() => this.#session?.received(text)),
        ended: () => {
          this.#loading.forget()
          this.#persistence?.forget()
          this.#session?.ended()
        },
        signs: () => this.parts.joined.some(({ signs }) => signs?.()),
        changed: () => this.#connectionChanged(),
      },
    )
    this.#queries = new Queries({
      tenant: options.tenant,
      replica: () => this.#held?.replica,
      soon: environment.soon,
      setTimer: environment.setTimer,
      guard,
      trace: options.trace,
      wantedChanged: () => {
        this.#session?.flushSoon()
        this.#tell()
      },
    })
    this.parts = new Parts(parts, {
      environment,
      guard,
      address,
      query: (query, priority) => {
        const { key, listen, getSnapshot } = this.query(query, priority)
        return { key, subscribe: listen, getSnapshot }
      },
      get: (collection, id) => this.get(collection, id),
      sync: (collection, id) => this.#held?.replica.syncOf({ collection, id }) ?? SETTLED,
      edit: (compose, made) => this.edit(compose, made),
      person: () => this.#held?.people.current ?? { name: undefined, clientId: this.#clientId },
      token: () => this.#connector.token,
      ended: () => this.#whyEnded(),
      changed: () => this.changed(),
      equipTexts: (rules) => this.equipTexts(rules),
    })
    for (const { session } of this.parts.joined) if (session) this.join(session)
    this.#loading = new Loading({
      load,
      arrived: (later) => {
        const held = this.#held ?? this.#hold(later.memory, false)
        this.#later = later
        held.replica.equip(later.replicaRules)
        this.invalidations.equip(new later.HeldTags())
        this.#session = this.#speak(later, held)
        this.#queries.arrived()
        this.#persistence?.equipped()
      },
      failed: (thrown) =>
        this.#connector.drop(
          wireError('no-answer', `A part of the application could not be loaded: ${sentenceOf(thrown)}`),
        ),
    })
    this.#persistence =
      held &&
      persist?.join({
        environment,
        guard,
        address,
        tenant: options.tenant,
        ...held,
        sharing,
        edit: (compose) => this.edit(compose),
        isLive: () => this.#connector.state.is === 'live',
        isOffline: () => this.#readConnection().state === 'offline',
        sendable: () => this.#session?.flushSoon(),
        changed: () => this.#tell(),
        reconnect: () => this.#connector.drop(),
        supersede: (error) => this.#connector.dispatch({ is: 'dropped', code: CLOSE.tooOld, error }),
        close: () => this.close(),
      })
    this.#connection = this.#readConnection()
    this.#loading.ask()
    this.#connector.start()
  }

  readonly query = (query: WireQuery, priority: Priority): AskedQuery => this.#queries.of(query, priority)

  /** Shows rows that were read elsewhere, until the server's are there. */
  preload(query: WireQuery, rows: readonly ShownRow[]): void {
    this.#queries.preload(query, rows)
  }

  /** The connection as it is told. */
  readonly connected: Observable<ConnectionSnapshot> = {
    subscribe: (listener) => this.connectionListeners.add(listener),
    getSnapshot: () => this.#connection,
  }

  get(collection: string, id: string): ShownRow | undefined {
    return this.#held?.replica.get(collection, id)
  }

  edit(compose: (composer: Composer) => void, options?: EditOptions): EditHandle {
    const queued = () => {
      this.#tell()
      this.#session?.flushSoon()
    }
    const held = this.#held
    const handle =
      held && this.#later
        ? this.#later.makeEdit(
            {
              replica: held.replica,
              queue: held.people.current.queue,
              newId: this.#environment.newId,
              ended: () => this.#whyEnded(),
              edit: (undo, made) => this.edit(undo, made),
              full: (bytes) => this.#persistence?.whyFull(bytes),
              queued,
            },
            compose,
            options,
          )
        : refused(this.#whyEnded() ?? wireError('not-ready', NOT_READY))
    this.#trace?.tried(handle)
    return handle
  }

  /** How many queries are kept: those that somebody listens to, and what the server's rows are kept for. */
  get kept(): { readonly queries: number; readonly views: number } {
    return { queries: this.#queries.size, views: this.#held?.replica.subscriptions.views.size ?? 0 }
  }

  /** The members that a disk gives a client. Throws where there is none, with the line that is missing. */
  get persisted(): PersistMembers {
    if (this.#persistence) return this.#persistence.members
    throw new TypeError(
      "This client was made without a disk: import { indexedDb } from '@tidemark/client/indexeddb', and give createClient the option persist: indexedDb().",
    )
  }

  /** Somebody speaks with the server over this client's session, from now on. */
  join(part: SessionPart): void {
    this.#speakers.add(part)
  }

  /** There is something to send. */
  changed(): void {
    this.#session?.flushSoon()
  }

  /** Texts can be changed character by character, from now on. */
  equipTexts(rules: TextRules): void {
    this.#texts.rules = rules
  }

  retry(): void {
    this.#connector.dispatch({ is: 'retry' })
  }

  close(): void {
    this.#connector.dispatch({ is: 'closed-by-caller' })
  }

  #hold({ People, Replica }: Memory, isKept: boolean): Held {
    const replica = new Replica(this.#texts)
    const people = new People(this.#clientId, {
      newId: this.#environment.newId,
      changed: (entry) => {
        replica.editChanged(entry)
        this.#persistence?.editChanged(entry)
        this.#trace?.edit(entry)
      },
      durable: () => (isKept ? NOTHING_KEPT : undefined),
    })
    this.#held = { people, replica }
    return this.#held
  }

  #speak({ decodeDown, Session }: Later, held: Held): Session {
    const session = new Session({
      ...held,
      environment: this.#environment,
      invalidations: this.invalidations,
      parts: this.#speakers,
      port: {
        decode: decodeDown,
        send: (text) => this.#connector.send(text),
        welcomed: (tokenEndsAt) => {
          this.#persistence?.welcomed(tokenEndsAt * 1_000)
          this.#connector.dispatch({ is: 'welcomed' })
        },
        caughtUp: () => this.#connector.dispatch({ is: 'caught-up' }),
        behind: () => this.#connector.dispatch({ is: 'behind' }),
        expiring: () => this.#connector.refreshToken((token) => session.authenticate(token)),
        loaded: (collection, loaded) => this.#queries.loaded(collection, loaded),
        failed: (error) => {
          this.#connector.note(error)
          this.errorListeners.emit(error)
        },
        giveUp: () => this.#connector.drop(),
        changed: () => this.#tell(),
      },
    })
    return session
  }

  #whyEnded(): WireError | undefined {
    const { state } = this.#connector
    if (state.is !== 'closed') return undefined
    return state.error ?? wireError('client-closed', 'The client was closed before the outcome was known.')
  }

  #connectionChanged(): void {
    const ended = this.#whyEnded()
    if (ended) {
      // First, so that the disk keeps the edits that end here without an outcome.
      this.#persistence?.closed(ended)
      this.#held?.people.close(ended)
      this.#queries.keeping.end()
      for (const { closed } of this.parts.joined) closed?.()
    }
    this.#tell()
    this.#tellConnection()
  }

  /** Brings what is shown up to date and tells who listens. */
  #tell(): void {
    this.#queries.refresh(this.#held?.replica.refresh() ?? new Map())
    for (const { told } of this.parts.joined) told?.()
    this.#persistence?.told()
    const { pending, unsent = 0, delayed, held = 0, stalled, persistence } = this.#connection
    const now = countsOf(this.#held?.people)
    const isSame =
      pending === now.pending &&
      unsent === now.unsent &&
      held === now.held &&
      delayed === this.#session?.delayed &&
      stalled === this.#session?.stalled &&
      persistence === this.#persistence?.state
    if (!isSame) this.#tellConnection()
  }

  #tellConnection(): void {
    const snapshot = this.#readConnection()
    this.#connection = snapshot
    this.connectionListeners.emit(snapshot, () => this.#connection === snapshot)
  }

  #readConnection(): ConnectionSnapshot {
    const { state, rttMs, heardAt, cutOff, trouble } = this.#connector
    return toSnapshot(state, {
      ...countsOf(this.#held?.people),
      delayed: this.#session?.delayed,
      stalled: this.#session?.stalled,
      persistence: this.#persistence?.state,
      rttMs,
      lastSyncedAt: heardAt,
      cutOff,
      trouble,
    })
  }
}
