export type { ErrorCode, WireError } from '../../src/protocol/errors.ts'
export { createClient } from './client.ts'
export type { Observable } from './observable.ts'
export type {
  AppTypes,
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
  QuerySnapshot,
  RowDraft,
  RowSync,
  TokenRequest,
  Transaction,
  TransactionCollection,
} from './types.ts'
