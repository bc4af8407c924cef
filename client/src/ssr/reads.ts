import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { GetToken } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'

/** The rows of a query, each with the values of its columns. */
export type Read = { readonly columns: readonly string[]; readonly rows: readonly (readonly Value[])[] }

/** The means to read over HTTP. */
export type Access = Pick<Environment, 'fetch' | 'setTimer' | 'page'> & {
  readonly url: string
  readonly getToken: GetToken
}

type Reader = { readonly access: Access; readonly done: Map<string, Read & { readonly query: WireQuery }> }

/** The clients that render on a server, with what each has read by what was asked. */
const readers = new WeakMap<object, Reader>()

export function register(client: object, access: Access): void {
  readers.set(client, { access, done: new Map() })
}

export function readerOf(client: object): Reader | undefined {
  return readers.get(client)
}

/** Has a value the form of rows that were read? */
export function isRead(value: unknown): value is Read {
  if (typeof value !== 'object' || value === null || !('columns' in value) || !('rows' in value)) return false
  const { columns, rows } = value
  return (
    Array.isArray(columns) &&
    columns.every((column) => typeof column === 'string') &&
    Array.isArray(rows) &&
    rows.every((row) => Array.isArray(row) && row.length === columns.length)
  )
}
