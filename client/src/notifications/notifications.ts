import {
  NOTIFICATION_PREFERENCES,
  NOTIFICATION_STATES,
  NOTIFICATIONS,
} from '../../../src/core/app/built-in.ts'
import { advanced, preferenceId, stateId, unread } from '../../../src/core/app/notification-state.ts'
import { MAX_OPS_PER_EDIT } from '../../../src/protocol/limits.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import type { Guard } from '../api/guard.ts'
import type { NotificationItem, Notifications, NotificationsSnapshot } from '../api/notifications.ts'
import { Listeners } from '../api/observable.ts'
import type { Composer } from '../edits/composer.ts'
import { together } from '../edits/together.ts'
import type { Query, Snapshot } from '../queries/shared-query.ts'
import { toItems } from './items.ts'

/** The newest notifications that are held. */
const HELD = 500

/** The rest of the client, as notifications take it. */
type Port = {
  readonly query: (query: WireQuery) => Query
  readonly edit: (compose: (composer: Composer) => void) => EditHandle
  readonly guard: Guard
  /** Whoever is signed in, as the server names them; empty before its first word. */
  readonly owner: () => string
}

/** The notifications of whoever is signed in, from three queries: what there is, how far they are, what is muted. */
export class Inbox implements Notifications {
  readonly #port: Port
  readonly #listeners: Listeners<NotificationsSnapshot>
  /** How far the person has come with each notification, by its id. Kept while nobody listens. */
  #ranks = new Map<string, number>()
  #read: readonly Snapshot[] = []
  #snapshot: NotificationsSnapshot | undefined
  #stop: (() => void) | undefined

  constructor(port: Port) {
    this.#port = port
    this.#listeners = new Listeners(port.guard)
  }

  readonly subscribe = (listener: (snapshot: NotificationsSnapshot) => void): (() => void) => {
    const end = this.#listeners.add(listener)
    this.#stop ??= this.#listen()
    return () => {
      if (!end() || this.#listeners.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  readonly getSnapshot = (): NotificationsSnapshot => {
    const read = this.#queries().map((query) => query.getSnapshot())
    if (!this.#snapshot || read.some((snapshot, i) => snapshot !== this.#read[i])) {
      this.#read = read
      this.#snapshot = this.#toSnapshot(read)
    }
    return this.#snapshot
  }

  markSeen(items: Some = this.getSnapshot().items.filter(({ state }) => state === 'unseen')): EditHandle {
    return this.#move(items, (rank) => advanced(rank, 'seen'))
  }

  markRead(items: Some): EditHandle {
    return this.#move(items, (rank) => advanced(rank, 'read'))
  }

  markUnread(items: Some): EditHandle {
    return this.#move(items, unread)
  }

  archive(items: Some): EditHandle {
    return this.#move(items, (rank) => advanced(rank, 'archived'))
  }

  mute(kind: string): EditHandle {
    return this.#prefer(kind, true)
  }

  unmute(kind: string): EditHandle {
    return this.#prefer(kind, false)
  }

  #queries(): Query[] {
    const { query } = this.#port
    return [
      query({ collection: NOTIFICATIONS, orderBy: [['at', 'desc']], limit: HELD }),
      query({ collection: NOTIFICATION_STATES }),
      query({ collection: NOTIFICATION_PREFERENCES }),
    ]
  }

  #listen(): () => void {
    const tell = () => {
      const before = this.#snapshot
      const now = this.getSnapshot()
      if (now !== before) this.#listeners.emit(now, () => this.#snapshot === now)
    }
    const stops = this.#queries().map((query) => query.subscribe(tell))
    return () => {
      for (const stop of stops) stop()
    }
  }

  #toSnapshot(read: readonly Snapshot[]): NotificationsSnapshot {
    const [notes = [], states = [], preferences = []] = read.map(({ rows }) => rows)
    const ranks = states.map((row): [string, number] => [String(row['notification']), Number(row['rank'])])
    this.#ranks = new Map(ranks)
    const muted = preferences.filter((row) => row['muted'] === true).map((row) => String(row['kind']))
    const { items, archived } = toItems(
      notes,
      (id) => this.#ranks.get(id) ?? 0,
      (kind) => muted.includes(kind),
    )
    const error = read.find(({ status }) => status === 'error')?.error
    const isReady = read.every(({ status }) => status === 'ready')
    return Object.freeze({
      items,
      archived,
      unseen: items.filter(({ state }) => state === 'unseen').length,
      unread: items.filter(({ state }) => state === 'unseen' || state === 'seen').length,
      muted,
      status: error ? 'error' : isReady ? 'ready' : 'loading',
      ...(error && { error }),
    })
  }

  /** Moves notifications on, a hundred an edit: what has come so far already is not written. */
  #move(items: Some, to: (rank: number) => number): EditHandle {
    const list: readonly NotificationItem[] = 'ids' in items ? [items] : items
    const moved = list
      .flatMap(({ ids }) => ids)
      .map((id) => [id, this.#ranks.get(id) ?? 0] as const)
      .filter(([, rank]) => to(rank) !== rank)
    const handles: EditHandle[] = []
    for (let from = 0; from === 0 || from < moved.length; from += MAX_OPS_PER_EDIT) {
      const some = moved.slice(from, from + MAX_OPS_PER_EDIT)
      handles.push(
        this.#port.edit((composer) => {
          for (const [notification, rank] of some) {
            const id = stateId(this.#port.owner(), notification)
            composer.upsert(NOTIFICATION_STATES, { id, notification, rank: to(rank) })
          }
        }),
      )
    }
    return together(handles)
  }

  #prefer(kind: string, muted: boolean): EditHandle {
    const id = preferenceId(this.#port.owner(), kind)
    return this.#port.edit((composer) => composer.upsert(NOTIFICATION_PREFERENCES, { id, kind, muted }))
  }
}

type Some = NotificationItem | readonly NotificationItem[]
