import type { Row } from '../../protocol/value.ts'
import { recordKey } from '../records/record.ts'
import type { Change, LogEntry } from './log.ts'

/**
 * Rows as they were at one place of the log, while the log goes on: what later entries changed is
 * taken back. Give it every entry after that place, in order, before the records are read on.
 */
export class AsOf {
  readonly #before = new Map<string, Row | null>()

  /**
   * @param entries the entries since the last call
   * @param read the living row of a record, or what a deleted one held, as the last of the entries left it
   */
  take(entries: readonly LogEntry[], read: (collection: string, id: string) => Row | undefined): void {
    const known = new Set(this.#before.keys())
    for (const change of entries.flatMap(({ changes }) => changes).reverse()) {
      const { collection, id } = change
      const key = recordKey(collection, id)
      if (known.has(key)) continue
      const after = this.#before.get(key) ?? read(collection, id) ?? {}
      this.#before.set(key, undo(change, after))
    }
  }

  /** The row at that place, given the one there is now; null where there was none. */
  row(collection: string, id: string, now: Row | null): Row | null {
    const before = this.#before.get(recordKey(collection, id))
    return before === undefined ? now : before
  }
}

function undo(change: Change, after: Row): Row | null {
  switch (change.kind) {
    case 'insert':
      return null
    case 'update':
      return { ...after, ...change.before }
    case 'delete':
      return change.before
  }
}
