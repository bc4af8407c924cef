export { where } from '../../src/core/query/where.ts'
export type { ErrorCode, WireError } from '../../src/protocol/errors.ts'
export type {
  ConflictItem,
  ConflictSide,
  ConflictState,
  Conflicts,
  ConflictsAbout,
  ConflictsSnapshot,
  LiveConflicts,
  LosingValue,
  Resolution,
} from './api/conflicts.ts'
export type { ConflictAbout, ConflictOf } from './api/conflicts-of.ts'
export type { EditHandle, EditResult, SaveResult } from './api/edit-handle.ts'
export type {
  AsOfResult,
  FieldChange,
  HistoryItem,
  HistorySnapshot,
  PastPlace,
  RecordHistory,
  Undoable,
} from './api/history.ts'
export type { Invalidation, InvalidationOptions } from './api/invalidation.ts'
export type { NotificationItem, Notifications, NotificationsSnapshot } from './api/notifications.ts'
export type { Observable } from './api/observable.ts'
export type {
  PersistenceState,
  Refused,
  RefusedEdit,
  SignOut,
  Write,
  WriteDraft,
} from './api/persistence.ts'
export type { FollowedOf, OwnPlace, Peer, PlaceOf, PresenceApi, RecordPlace } from './api/presence.ts'
export type {
  AppTypes,
  AsideRecord,
  Client,
  CollectionClient,
  CollectionTypes,
  Connection,
  ConnectionSnapshot,
  EditOptions,
  GetToken,
  InsertHandle,
  LiveQuery,
  LiveRow,
  QueryBuilder,
  QuerySnapshot,
  RowDraft,
  RowEvent,
  RowSync,
  TokenRequest,
  Transaction,
  TransactionCollection,
} from './api/types.ts'
export { createClient } from './client.ts'
export { SignedOut } from './connection/token.ts'
export type { ClientOptions } from './options.ts'
export type { Part } from './parts/part.ts'
export type { Persist } from './parts/persist.ts'
export type { Share } from './parts/share.ts'
export type { Trace } from './parts/trace.ts'
export { QueryError } from './queries/once.ts'
