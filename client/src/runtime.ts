import { type WireError, wireError } from '../../src/protocol/errors.ts'
import type { Query as WireQuery } from '../../src/protocol/query.ts'
import type { Priority } from '../../src/protocol/up.ts'
import { connectAddress } from './address.ts'
import type { Composer } from './composer.ts'
import { toSnapshot } from './connection-snapshot.ts'
import { Connector } from './connector.ts'
import { makeEdit } from './edits.ts'
import type { Environment } from './environment.ts'
import { Invalidations } from './invalidation.ts'
import { Listeners } from './observable.ts'
import { Queries, type Query } from './queries.ts'
import { Queue } from './queue.ts'
import { Replica } from './replica.ts'
import type { ShownRow } from './rows.ts'
import { Session } from './session.ts'
import type { ClientOptions, ConnectionSnapshot, EditHandle, EditOptions } from './types.ts'

/** A client before its collections have types: wires the parts together and tells listeners the news. */
export class Runtime {
  readonly connectionListeners = new Listeners<ConnectionSnapshot>()
  readonly errorListeners = new Listeners<WireError>()
  readonly invalidations = new Invalidations(() => this.#session.flushSoon())
  readonly #environment: Environment
  readonly #replica = new Replica()
  readonly #queue = new Queue((entry) => this.#replica.editChanged(entry))
  readonly #queries: Queries
  readonly #session: Session
  readonly #connector: Connector
  #connection: ConnectionSnapshot

  constructor(environment: Environment, options: ClientOptions) {
    this.#environment = environment
    this.#session = new Session({
      environment,
      queue: this.#queue,
      replica: this.#replica,
      invalidations: this.invalidations,
      clientId: options.clientId ?? environment.newId(),
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
        opened: () => this.#session.hello(),
        received: (text) => this.#session.received(text),
        ended: () => this.#session.ended(),
        changed: () => this.#connectionChanged(),
      },
    )
    this.#queries = new Queries({
      replica: this.#replica,
      soon: environment.soon,
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
        queue: this.#queue,
        newId: this.#environment.newId,
        ended: () => this.#whyEnded(),
        queued,
      },
      compose,
      options,
    )
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
    if (ended) this.#queue.close(ended)
    this.#tell()
    this.#tellConnection()
  }

  /** Brings what is shown up to date and tells who listens. */
  #tell(): void {
    this.#queries.refresh(this.#replica.refresh())
    const { pending, delayed } = this.#connection
    if (pending !== this.#queue.size || delayed !== this.#session.delayed) this.#tellConnection()
  }

  #tellConnection(): void {
    this.#connection = this.#readConnection()
    this.connectionListeners.emit(this.#connection)
  }

  #readConnection(): ConnectionSnapshot {
    const { state, rttMs, heardAt } = this.#connector
    const { delayed } = this.#session
    return toSnapshot(state, { pending: this.#queue.size, delayed, rttMs, lastSyncedAt: heardAt })
  }
}
