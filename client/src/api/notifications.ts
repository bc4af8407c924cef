import type { NotificationState } from '../../../src/core/app/notification-state.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from './edit-handle.ts'
import type { Observable } from './observable.ts'

/** The kinds that an application declares, with their data; any, where it declares none. */
export type DeclaredKinds<App> = App extends { readonly kinds?: infer Declared }
  ? unknown extends Declared
    ? Readonly<Record<string, object>>
    : NonNullable<Declared> & EngineKinds
  : Readonly<Record<string, object>>

/** The data of what the engine itself tells. */
type EngineKinds = {
  /** A conflict waits: its id among `db.conflicts`. */
  readonly conflict: { readonly conflict: string }
  /** Postgres has refused an own edit: by which client, under which number, and why. */
  readonly refused: {
    readonly client: string
    readonly n: number
    readonly code: string
    readonly message: string
  }
}

/** One thing to be told, or several of one kind and group together, as the newest of them says. */
export type NotificationItem<Kind extends string = string, Data = object> = {
  /** That of the newest. */
  readonly id: string
  /** Those of all, the newest first. */
  readonly ids: readonly string[]
  readonly count: number
  readonly kind: Kind
  readonly group: string | null
  readonly data: Data
  /** When the newest happened, such as 2026-01-31T12:00:00.000Z. */
  readonly at: string
  /** The subjects whose edits they tell of, that of the newest first; none where nobody is named. */
  readonly by: readonly string[]
  /** The record that the newest is about. */
  readonly collection: string
  readonly record: string
  /** The earliest of their states. */
  readonly state: NotificationState
}

/** An item of any of these kinds; `kind` tells which data it has. */
export type ItemOf<Declared> = {
  readonly [Kind in keyof Declared & string]: NotificationItem<Kind, Declared[Kind]>
}[keyof Declared & string]

/** A person's notifications, the same on all of their devices. */
export type NotificationsSnapshot<Item = NotificationItem> = {
  /** The newest first, without archived ones and muted kinds. Of the newest 500 that reach the person. */
  readonly items: readonly Item[]
  /** Archived ones, the newest first. */
  readonly archived: readonly Item[]
  /** How many items are unseen: those that came since the person last looked. */
  readonly unseen: number
  /** How many are unread, unseen ones among them. */
  readonly unread: number
  /** The kinds that the person does not want to be told of. */
  readonly muted: readonly string[]
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: WireError
}

type Some<Item> = Item | readonly Item[]

/** The inbox of whoever is signed in. Observable; what is done to it is an edit like any other. */
export type Notifications<Item = NotificationItem> = Observable<NotificationsSnapshot<Item>> & {
  /** The person has looked: all items that are shown are seen, or those given. */
  markSeen(items?: Some<Item>): EditHandle
  markRead(items: Some<Item>): EditHandle
  /** Makes them unread again, also where they were archived. */
  markUnread(items: Some<Item>): EditHandle
  archive(items: Some<Item>): EditHandle
  /** Tells the person of this kind no more; what is muted is kept, and shown again after `unmute`. */
  mute(kind: string): EditHandle
  unmute(kind: string): EditHandle
}
