export { where } from '../../src/core/query/where.ts'
export type { ErrorCode, WireError } from '../../src/protocol/errors.ts'
export type { Observable } from './api/observable.ts'
export type {
  AppTypes,
  AsideRecord,
  Client,
  ClientOptions,
  CollectionClient,
  CollectionTypes,
  Connection,
  ConnectionSnapshot,
  EditHandle,
  EditOptions,
  EditResult,
  InsertHandle,
  Invalidation,
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
