import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { ConnectionSnapshot } from '../api/types.ts'
import type { AskedQuery, Snapshot } from '../queries/shared-query.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { TracedConnection, TracedError } from './event.ts'
import type { Recorder } from './recorder.ts'

/** A query that somebody listens to. */
export type PicturedQuery = {
  readonly key: string
  readonly query: WireQuery
  readonly priority: Priority
  readonly listeners: number
  readonly snapshot: Snapshot
}

/** An own edit, and when it came how far. */
export type PicturedEdit = {
  readonly entry: PendingEdit
  readonly madeAt: number
  acceptedAt?: number
  endedAt?: number
}

/** The end that a client has come to: two that were given the same agree in it. */
export type End = {
  readonly connection: TracedConnection
  readonly edits: readonly { readonly n: number; readonly progress: string; readonly error?: TracedError }[]
  readonly queries: readonly {
    readonly key: string
    readonly status: string
    readonly rows: readonly Row[]
  }[]
}

/** Edits that are remembered. */
export const KEPT_EDITS = 500

/** A client as it is now. */
export class Picture {
  readonly #recorder: Recorder
  readonly #queries = new Map<
    string,
    { readonly asked: AskedQuery; readonly query: WireQuery; readonly priority: Priority; count: number }
  >()
  readonly #edits = new Map<PendingEdit, PicturedEdit>()
  /** The n and progress of edits, as they were written down last. */
  readonly #written = new WeakMap<PendingEdit, string>()
  #connection: ConnectionSnapshot = { state: 'connecting', pending: 0 }
  /** Since when it is in this state. */
  #since = 0

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  get connection(): ConnectionSnapshot {
    return this.#connection
  }

  get since(): number {
    return this.#since
  }

  get queries(): readonly PicturedQuery[] {
    return [...this.#queries.values()].map(({ asked, query, priority, count }) => ({
      key: asked.key,
      query,
      priority,
      listeners: count,
      snapshot: asked.getSnapshot(),
    }))
  }

  get edits(): readonly PicturedEdit[] {
    return [...this.#edits.values()]
  }

  get end(): End {
    const { masked, secrets } = this.#recorder
    return secrets.cleaned({
      connection: this.#told(this.#connection),
      edits: this.edits.map(({ entry: { edit, progress } }) => ({
        n: edit.n,
        progress: progress.is,
        ...('error' in progress && { error: this.#recorder.error(progress.error) }),
      })),
      queries: this.queries.map(({ key, query, snapshot: { status, rows } }) => ({
        key: this.#recorder.key(key, query),
        status,
        rows: rows.map((row) => (masked ? masked.unmasked(query.collection, row) : { ...row })),
      })),
    })
  }

  connectionChanged(snapshot: ConnectionSnapshot): void {
    const before = this.#connection
    if (before.state !== snapshot.state || this.#since === 0) this.#since = this.#recorder.now()
    this.#connection = snapshot
    this.#recorder.write({ is: 'connection', connection: this.#told(snapshot) })
    // Nothing else leads back there without a new connection.
    if (before.state === 'live' && snapshot.state === 'catching-up') this.#recorder.write({ is: 'resync' })
  }

  /** Somebody listens to a query, or has stopped. */
  listened(asked: AskedQuery, query: WireQuery, priority: Priority, change: 1 | -1): void {
    const known = this.#queries.get(asked.key) ?? { asked, query, priority, count: 0 }
    known.count += change
    if (known.count > 0) this.#queries.set(asked.key, known)
    else this.#queries.delete(asked.key)
  }

  /** Returns whether an edit is new. */
  editChanged(entry: PendingEdit): boolean {
    const { edit, progress } = entry
    const before = this.#written.get(entry)
    const sign = `${edit.n} ${progress.is}`
    if (before === sign) return false
    this.#written.set(entry, sign)
    const now = this.#recorder.now()
    const known = this.#edits.get(entry) ?? { entry, madeAt: now }
    if (progress.is === 'accepted') known.acceptedAt ??= now
    if (progress.is === 'committed' || progress.is === 'failed') known.endedAt = now
    this.#edits.set(entry, known)
    const [oldest] = this.#edits.keys()
    if (this.#edits.size > KEPT_EDITS && oldest) this.#edits.delete(oldest)
    if (before === undefined && progress.is === 'queued') {
      this.#recorder.call({ is: 'edit', edit: this.#recorder.edit(edit) }, () => {})
      return true
    }
    const error = 'error' in progress && { error: this.#recorder.error(progress.error) }
    this.#recorder.write({ is: 'progress', n: edit.n, progress: progress.is, ...error })
    return before === undefined
  }

  #told(snapshot: ConnectionSnapshot): TracedConnection {
    const { state, pending, cause, unsent, held, stalled, delayed, persistence } = snapshot
    return {
      state,
      pending,
      ...(cause && { cause: this.#recorder.error(cause) }),
      ...(unsent !== undefined && { unsent }),
      ...(held !== undefined && { held }),
      ...(stalled && { stalled: stalled.cause.code }),
      ...(delayed && { delayed: delayed.cause }),
      ...(persistence && { persistence }),
    }
  }
}
