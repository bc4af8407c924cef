import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { PreloadPort } from '../api/preload-port.ts'
import { isRead, type Read, readerOf } from './reads.ts'

/** The rows that were preloaded, as JSON can carry them from a server to a page. */
export type Dehydrated = { readonly queries: readonly (Read & { readonly query: WireQuery })[] }

/**
 * Gives what a client has preloaded, to be sent along with what was rendered. In a script of the page no `<` may stand
 * in it.
 *
 * @example const state = JSON.stringify(dehydrate(db)).replaceAll('<', '\\u003c')
 */
export function dehydrate(db: object): Dehydrated {
  return { queries: [...(readerOf(db)?.done.values() ?? [])] }
}

/**
 * Shows in a page's client what a server had preloaded, from the first rendering on and until its own rows are there.
 * Throws a TypeError for what was not dehydrated, and shows nothing of it then.
 */
export function hydrate(db: { readonly preloads: PreloadPort }, state: unknown): void {
  const queries: unknown = typeof state === 'object' && state !== null && 'queries' in state && state.queries
  if (!Array.isArray(queries) || !queries.every(isEntry))
    throw new TypeError('What is hydrated is what dehydrate gave: { queries: [{ query, columns, rows }] }.')
  for (const { query, columns, rows } of queries) db.preloads.preload(query, columns, rows)
}

function isEntry(value: unknown): value is Dehydrated['queries'][number] {
  return isRead(value) && 'query' in value && 'query' in readQuery(value.query)
}
