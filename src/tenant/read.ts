import type { Claims } from '../core/application.ts'
import { hashText } from '../core/hash.ts'
import { tagsOf } from '../core/invalidation.ts'
import { defineView, type Rights, rightsOf, type View, valuesOf } from '../core/query/view.ts'
import { decodeQuery } from '../protocol/codec.ts'
import { type WireError, wireError } from '../protocol/errors.ts'
import { MAX_READ_ROWS } from '../protocol/limits.ts'
import type { Query } from '../protocol/query.ts'
import type { Value } from '../protocol/value.ts'
import type { Parts } from './parts.ts'

/** The answer to a read over HTTP. `version` names what was read: equal versions mean equal answers. */
export type ReadAnswer =
  /** `text` is JSON: columns, rows in them, and the seq as of which they are; with their cache tags, also beside it. */
  | { readonly is: 'read'; readonly version: string; readonly text: string; readonly tags: readonly string[] }
  | { readonly is: 'unchanged'; readonly version: string }
  | { readonly is: 'refused'; readonly error: WireError }
  | { readonly is: 'loading' }

/**
 * Reads what a query shows somebody, once. Whoever names the version that it still has is told so, and no
 * row is looked at.
 */
export function readQuery(parts: Parts, claims: Claims, text: string, known: readonly string[]): ReadAnswer {
  const { app, store } = parts
  if (store.hydrating) return { is: 'loading' }
  const decoded = decodeQuery(text)
  if (!decoded.ok) return { is: 'refused', error: decoded.error }
  const query = decoded.frame
  const rights = rightsOf(app, claims, query.collection)
  const view = defineView(app.manifest, query, rights)
  if ('code' in view) return { is: 'refused', error: view }
  const version = versionOf(parts, query, rights)
  if (known.includes(version)) return { is: 'unchanged', version }
  return readRows(parts, view, version)
}

/** Moves with whatever the answer follows from: the log, the collection's changes, the query, rights, and schema. */
function versionOf({ app, store, views }: Parts, query: Query, rights: Rights): string {
  const { collection } = query
  const asked = hashText(JSON.stringify([query, rights, app.manifest.hash]))
  return `${store.epoch}.${views.changedAt(collection)}.${asked}`
}

function readRows({ app, store }: Parts, view: View, version: string): ReadAnswer {
  const { columns, collection } = view
  const rows: Value[][] = []
  // An empty list goes stale with the first record, whatever that one's own tags are.
  const found = new Set([`${collection.name}_list`])
  for (const row of store.rows.scan(view)) {
    if (rows.length === view.limit) break
    if (rows.length === MAX_READ_ROWS) {
      const message = `One read brings ${MAX_READ_ROWS} rows; ask with a limit, and go on with "after".`
      return { is: 'refused', error: wireError('too-large', message) }
    }
    rows.push(valuesOf(view, row))
    for (const tag of tagsOf(app, collection.name, row)) found.add(tag)
  }
  const tags = [...found].sort()
  return { is: 'read', version, text: JSON.stringify({ columns, rows, seq: store.head, tags }), tags }
}
