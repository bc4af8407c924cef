export { where } from '../../src/core/query/where.ts'
export type { ErrorCode, WireError } from '../../src/protocol/errors.ts'
export { createClient } from './client.ts'
export type { Invalidation } from './invalidation.ts'
export type { Observable } from './observable.ts'
export { SignedOut } from './token.ts'
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
} from './types.ts'
