import { is } from 'valibot'
import { type WireError, wireError } from '../../src/protocol/errors.ts'
import { clientIdSchema } from '../../src/protocol/ids.ts'
import type { Query as WireQuery } from '../../src/protocol/query.ts'
import type { Priority } from '../../src/protocol/up/subscribe.ts'
import { type Guard, guardFor } from './api/guard.ts'
import { Listeners } from './api/observable.ts'
import type { ClientOptions, ConnectionSnapshot, EditHandle, EditOptions } from './api/types.ts'
import { toSnapshot } from './connection/connection-snapshot.ts'
import { Connector } from './connection/connector.ts'
import type { Composer } from './edits/composer.ts'
import { makeEdit } from './edits/edits.ts'
import type { Environment } from './environment/environment.ts'
import { Queries } from './queries/queries.ts'
import type { Query } from './queries/shared-query.ts'
import { People } from './queue/people.ts'
import { Replica } from './replica/replica.ts'
import type { ShownRow } from './replica/rows.ts'
import { Invalidations } from './session/invalidations.ts'
import { Session } from './session/session.ts'
import { connectAddress } from './transport/address.ts'

/** A client before its collections have types: wires the parts together and tells listeners the news. */
export class Runtime {
  readonly connectionListeners: Listeners<ConnectionSnapshot>
  readonly errorListeners: Listeners<WireError>
  readonly invalidations: Invalidations
  readonly #environment: Environment
  readonly #replica = new Replica()
  readonly #people: People
  readonly #queries: Queries
  readonly #session: Session
  readonly #connector: Connector
  #connection: ConnectionSnapshot

  constructor(environment: Environment, options: ClientOptions) {
    if (options.clientId !== undefined && !is(clientIdSchema, options.clientId)) {
      throw new TypeError('A clientId has 8 to 32 of A-Z a-z 0-9 _ -; leave it out to get one.')
    }
    this.#environment = environment
    const guard: Guard = guardFor(options.onError, environment.report)
    this.connectionListeners = new Listeners(guard)
    this.errorListeners = new Listeners(guard)
    this.invalidations = new Invalidations(() => this.#session.flushSoon(), guard)
    this.#people = new People(options.clientId ?? environment.newId(), {
      newId: environment.newId,
      changed: (entry) => this.#replica.editChanged(entry),
    })
    this.#session = new Session({
      environment,
      people: this.#people,
      replica: this.#replica,
      invalidations: this.invalidations,
      port: {
        send: (text) => this.#connector.send(text),
        welcomed: () => this.#connector.dispatch({ is: 'welcomed' }),
        caughtUp: () => this.#connector.dispatch({ is: 'caught-up' }),
        behind: () => this.#connector.dispatch({ is: 'behind' }),
        expiring: () => this.#connector.refreshToken((token) => this.#session.authenticate(token)),
        loaded: (collection, loaded) => this.#queries.loaded(collection, loaded),
        failed: (error) => {
          this.#connector.note(error)
          this.errorListeners.emit(error)
        },
        giveUp: () => this.#connector.drop(),
        changed: () => this.#tell(),
      },
    })
    this.#connector = new Connector(
      environment,
      { address: connectAddress(options.url, environment.page), getToken: options.getToken },
      {
        opened: (version) => this.#session.hello(version),
        received: (text) => this.#session.received(text),
        ended: () => this.#session.ended(),
        changed: () => this.#connectionChanged(),
      },
    )
    this.#queries = new Queries({
      replica: this.#replica,
      soon: environment.soon,
      guard,
      wantedChanged: () => {
        this.#session.flushSoon()
        this.#tell()
      },
    })
    this.#connection = this.#readConnection()
    this.#connector.start()
  }

  get connection(): ConnectionSnapshot {
    return this.#connection
  }

  readonly query = (query: WireQuery, priority: Priority): Query => this.#queries.of(query, priority)

  get(collection: string, id: string): ShownRow | undefined {
    return this.#replica.get(collection, id)
  }

  edit(compose: (composer: Composer) => void, options?: EditOptions): EditHandle {
    const queued = () => {
      this.#tell()
      this.#session.flushSoon()
    }
    return makeEdit(
      {
        replica: this.#replica,
        queue: this.#people.current.queue,
        newId: this.#environment.newId,
        ended: () => this.#whyEnded(),
        queued,
      },
      compose,
      options,
    )
  }

  /** How many queries are kept: those that somebody listens to, and what the server's rows are kept for. */
  get kept(): { readonly queries: number; readonly views: number } {
    return { queries: this.#queries.size, views: this.#replica.subscriptions.views.size }
  }

  retry(): void {
    this.#connector.dispatch({ is: 'retry' })
  }

  close(): void {
    this.#connector.dispatch({ is: 'closed-by-caller' })
  }

  #whyEnded(): WireError | undefined {
    const { state } = this.#connector
    if (state.is !== 'closed') return undefined
    return state.error ?? wireError('client-closed', 'The client was closed before the outcome was known.')
  }

  #connectionChanged(): void {
    const ended = this.#whyEnded()
    if (ended) this.#people.close(ended)
    this.#tell()
    this.#tellConnection()
  }

  /** Brings what is shown up to date and tells who listens. */
  #tell(): void {
    this.#queries.refresh(this.#replica.refresh())
    const { pending, delayed, held = 0 } = this.#connection
    const { current, held: heldNow } = this.#people
    const isSame = pending === current.queue.size && held === heldNow && delayed === this.#session.delayed
    if (!isSame) this.#tellConnection()
  }

  #tellConnection(): void {
    const snapshot = this.#readConnection()
    this.#connection = snapshot
    this.connectionListeners.emit(snapshot, () => this.#connection === snapshot)
  }

  #readConnection(): ConnectionSnapshot {
    const { state, rttMs, heardAt, cutOff, trouble } = this.#connector
    const { current, held } = this.#people
    return toSnapshot(state, {
      pending: current.queue.size,
      delayed: this.#session.delayed,
      held,
      rttMs,
      lastSyncedAt: heardAt,
      cutOff,
      trouble,
    })
  }
}
