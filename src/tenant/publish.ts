import type { LogEntry } from '../core/log.ts'
import { part } from '../core/publish.ts'
import { encode } from '../protocol/codec.ts'
import type { Part } from '../protocol/down.ts'
import type { Collection } from '../protocol/manifest.ts'
import { endIfExpired } from './deadlines.ts'
import type { Parts } from './parts.ts'
import type { GreetedState } from './session.ts'

/** A view of a whole collection is numbered like the collection. */
export function viewNumber(collections: readonly Collection[], name: string): number {
  return collections.findIndex((collection) => collection.name === name)
}

/**
 * Sends what the newest entries changed. A session is sent something only if one of its views
 * changed or it waits to see an edit of its own; for all others the interval simply grows.
 * Each view is encoded once, and sessions at the same cursor with the same views share the text.
 *
 * @param authors ids of sessions whose own edits are among the entries
 */
export function publish(parts: Parts, entries: readonly LogEntry[], authors: ReadonlySet<string>): void {
  if (entries.length === 0) return
  const { collections } = parts.app.manifest
  const head = parts.store.head
  const touched = new Map<string, Part>()
  collections.forEach((collection, view) => {
    const changed = part(view, collection, entries)
    if (changed) touched.set(collection.name, changed)
  })
  const frames = new Map<string, string>()
  for (const session of parts.sessions.all()) {
    const state = session.greeted
    if (!state || state.cursor === null || endIfExpired(parts, session)) continue
    const visible = visibleParts(state, touched)
    if (visible.length === 0 && !authors.has(session.id)) continue
    const key = [state.cursor, ...visible.map(([view]) => view)].join()
    const text = frames.get(key) ?? encode(['rows', state.cursor, head, visible])
    frames.set(key, text)
    session.sendText(text)
    session.update({ cursor: head })
  }
}

function visibleParts(state: GreetedState, touched: ReadonlyMap<string, Part>): Part[] {
  const names = new Set(state.subscriptions.map((subscription) => subscription.collection))
  return [...touched].filter(([name]) => names.has(name)).map(([, changed]) => changed)
}
