import { expect } from 'vitest'
import type { ExternalEvent } from '../../../src/core/external/events.ts'
import type { Change } from '../../../src/core/log/log.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { rowChanges } from './edits.ts'

/** One table's rows as a reader of external changes makes them. */
export class Mirror {
  readonly rows = new Map<string, Row>()

  /** Takes each change, which has to fit exactly. */
  take(events: readonly ExternalEvent[]): void {
    for (const event of rowChanges(events)) {
      const { kind, id, before } = event
      const row = this.rows.get(id)
      if (kind === 'insert') expect(row, `a row ${id} where one is inserted`).toBeUndefined()
      else if (kind === 'delete') expect(row, `the row ${id} that is deleted`).toEqual(before)
      else expect(row, `the row ${id} that is updated`).toMatchObject(before)
      this.takeLoosely([event])
    }
  }

  /** Takes each change, whatever it was made of: own edits may lie between. */
  takeLoosely(events: readonly ExternalEvent[]): void {
    for (const { kind, id, after } of rowChanges(events)) {
      const row = this.rows.get(id)
      if (kind === 'delete') this.rows.delete(id)
      else if (kind === 'insert' || row) this.rows.set(id, { ...row, ...after })
    }
  }

  /** Makes own changes. */
  write(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'delete') this.rows.delete(change.id)
      else this.rows.set(change.id, { ...this.rows.get(change.id), ...change.after })
    }
  }

  /** By id. */
  sorted(): Row[] {
    return [...this.rows.values()].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
  }
}
