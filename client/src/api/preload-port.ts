import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Value } from '../../../src/protocol/value.ts'

/** The client as `@tidemark/client/ssr` needs it. */
export type PreloadPort = {
  /** Shows rows of a query, each with the values of these columns, until those of its live subscription are there. */
  preload(query: WireQuery, columns: readonly string[], rows: readonly (readonly Value[])[]): void
}
