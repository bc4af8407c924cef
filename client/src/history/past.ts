import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { HistoryPage, HistoryRequest } from '../../../src/protocol/history.ts'
import { historyPageForm, pastEditForm } from '../../../src/protocol/history-form.ts'
import type { Shape } from '../../../src/protocol/shape.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { PastPlace, Undoable } from '../api/history.ts'
import type { EditHandle, EditOptions } from '../api/types.ts'
import type { Composer } from '../edits/composer.ts'
import { editLater } from '../edits/edit-later.ts'
import { inverseOfText } from '../edits/inverse-text.ts'
import { takeBack } from '../edits/take-back.ts'
import { rowAsOf } from './as-of.ts'
import { type AskPort, ask } from './ask.ts'
import { type HistorySource, LiveHistory, type Snapshot, UNREAD } from './live-history.ts'

/** The rest of the client, as the past takes it. */
export type PastPort = AskPort &
  Pick<HistorySource, 'soon' | 'guard' | 'isLive'> & {
    readonly query: (collection: string, id: string) => HistorySource['query']
    readonly sync: (collection: string, id: string) => ReturnType<HistorySource['sync']>
    readonly edit: (compose: (composer: Composer) => void, options?: EditOptions) => EditHandle
  }

type Handle = {
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  getSnapshot(): Snapshot
  more(): void
}

/** The past of records: read, watched, and brought back. */
export class Past {
  readonly #port: PastPort
  readonly #live = new Map<string, LiveHistory>()
  /** What was asked, which stays one object while somebody listens, or is about to. */
  readonly #asked = new Map<string, Handle>()

  constructor(port: PastPort) {
    this.#port = port
  }

  history(collection: string, id: string): Handle {
    const key = `${collection}\0${id}`
    const known = this.#asked.get(key)
    if (known) return known
    const live = () => this.#live.get(key)
    const handle: Handle = {
      subscribe: (listener) => {
        // Whoever asks while somebody listens is given what they listen to.
        if (!this.#live.has(key)) this.#asked.set(key, handle)
        return (live() ?? this.#begin(key, collection, id)).subscribe(listener)
      },
      getSnapshot: () => live()?.snapshot ?? UNREAD,
      more: () => live()?.more(),
    }
    this.#asked.set(key, handle)
    this.#port.soon(() => this.#forget(key))
    return handle
  }

  /** Something has happened to the client. */
  told(): void {
    for (const history of this.#live.values()) history.told()
  }

  async asOf(
    collection: string,
    id: string,
    place: PastPlace,
  ): Promise<{ ok: true; row: Row | null } | { ok: false; error: WireError }> {
    const found = await rowAsOf((range) => this.#page({ collection, id, ...range }), place)
    return 'code' in found ? { ok: false, error: found } : { ok: true, row: found.row }
  }

  /** Brings a deleted record back, once the server has said that it can. */
  restore(collection: string, id: string, options?: EditOptions): EditHandle {
    return editLater(async () => {
      const recalled = await this.#recall(collection, id)
      return recalled ?? this.#port.edit((composer) => composer.restore(collection, id), options)
    })
  }

  /** Takes a whole edit back by another one. */
  undo(item: Undoable, options?: EditOptions): EditHandle {
    const { epoch, seq, refused } = item
    return editLater(async () => {
      if (refused) return wireError('bad-operation', 'The edit was undone already.')
      const read = await this.#ask({ ask: 'edit', edit: { epoch, seq } }, pastEditForm)
      if ('code' in read) return read
      for (const { kind, collection, id } of read.changes) {
        const failed = kind === 'delete' ? await this.#recall(collection, id) : undefined
        if (failed) return failed
      }
      return this.#port.edit((composer) => {
        for (const change of [...read.changes].reverse()) takeBack(composer, change, inverseOfText)
      }, options)
    })
  }

  #begin(key: string, collection: string, id: string): LiveHistory {
    const { soon, guard, isLive, query, sync } = this.#port
    const history = new LiveHistory({
      soon,
      guard,
      isLive,
      query: query(collection, id),
      sync: () => sync(collection, id),
      read: (before) => this.#page({ collection, id, ...(before && { before }) }),
      undo: (item, options) => this.undo(item, options),
      released: () => {
        this.#live.delete(key)
        this.#forget(key)
      },
    })
    this.#live.set(key, history)
    return history
  }

  #forget(key: string): void {
    if (!this.#live.has(key)) this.#asked.delete(key)
  }

  #page(request: Omit<Extract<HistoryRequest, { ask: 'record' }>, 'ask'>): Promise<HistoryPage | WireError> {
    return this.#ask({ ask: 'record', ...request }, historyPageForm)
  }

  async #recall(collection: string, id: string): Promise<WireError | undefined> {
    const answer = await this.#ask({ ask: 'recall', collection, id }, pastEditForm)
    return 'code' in answer ? answer : undefined
  }

  #ask<Answer extends object>(request: HistoryRequest, form: Shape<Answer>) {
    return ask(this.#port, request, form)
  }
}

/** The reason why nobody can be asked without a connection. */
export function notConnected(): WireError {
  return wireError('no-network', 'The past is read from the server, and there is no connection now.')
}
