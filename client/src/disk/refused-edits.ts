import type { FieldOp, Op } from '../../../src/protocol/edit.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import { Listeners } from '../api/observable.ts'
import type { Refused, RefusedEdit, Write, WriteDraft } from '../api/persistence.ts'
import type { PersistPort } from '../parts/persist.ts'
import type { KeptRefusal } from './disk.ts'
import { updateOf, valuesOf } from './writes.ts'

type Snapshot = ReturnType<Refused['getSnapshot']>

/** The refused edits that nobody has dealt with. An edit that is tried again leaves when its new one is queued. */
export class RefusedEdits implements Refused {
  readonly kept = new Map<string, KeptRefusal>()
  readonly #port: Pick<PersistPort, 'edit' | 'changed'>
  readonly #listeners: Listeners<Snapshot>
  #snapshot: Snapshot | undefined

  constructor(port: Pick<PersistPort, 'edit' | 'changed' | 'guard'>) {
    this.#port = port
    this.#listeners = new Listeners(port.guard)
  }

  readonly subscribe = (listener: (snapshot: Snapshot) => void) => {
    const stop = this.#listeners.add(listener)
    return () => void stop()
  }

  readonly getSnapshot = (): Snapshot => {
    this.#snapshot ??= Object.freeze({
      items: Object.freeze([...this.kept.values()].map((refusal) => this.#itemOf(refusal))),
    })
    return this.#snapshot
  }

  /** The list of whoever uses the page now. */
  replace(refusals: readonly KeptRefusal[]): void {
    if (refusals.length === this.kept.size && refusals.every(({ id }) => this.kept.has(id))) return
    this.kept.clear()
    for (const refusal of refusals) this.kept.set(refusal.id, refusal)
    this.#emit()
  }

  add(refusal: KeptRefusal): void {
    this.kept.set(refusal.id, refusal)
    this.#emit()
  }

  #remove(id: string): void {
    if (!this.kept.delete(id)) return
    this.#emit()
    this.#port.changed()
  }

  #emit(): void {
    this.#snapshot = undefined
    this.#listeners.emit(this.getSnapshot())
  }

  #itemOf({ id, edit: { ops }, error, at }: KeptRefusal): RefusedEdit {
    const writes = ops.map(writeOf)
    return Object.freeze({
      id,
      writes: Object.freeze(writes),
      error,
      at,
      retry: () => this.#tryAgain(id, ops, writes),
      change: (change: (writes: readonly WriteDraft[]) => void) => {
        const drafts = writes.map((write) => ({ ...write, values: structuredClone({ ...write.values }) }))
        change(drafts)
        return this.#tryAgain(id, ops, drafts)
      },
      discard: () => this.#remove(id),
    })
  }

  #tryAgain(id: string, ops: readonly Op[], writes: readonly Write[]): EditHandle {
    const handle = this.#port.edit((composer) => {
      ops.forEach((op, i) => {
        const { collection, id: record } = op
        const { values = {} } = writes[i] ?? {}
        if (op.op === 'insert' && op.upsert) composer.upsert(collection, { ...values, id: record })
        else if (op.op === 'insert') composer.insert(collection, { ...values, id: record })
        else if (op.op === 'update')
          composer.change(collection, record, (description) => updateOf(description, op.fields, values))
        else if (op.op === 'delete') composer.delete(collection, record)
        else composer.restore(collection, record)
      })
    })
    // What cannot be made stays on the list.
    if (handle.n !== undefined) this.#remove(id)
    return handle
  }
}

function writeOf(op: Op): Write {
  const { collection, id: record } = op
  const kind = op.op === 'insert' && op.upsert ? 'upsert' : op.op
  const fields: Readonly<Record<string, FieldOp>> = op.op === 'update' ? op.fields : {}
  const values = op.op === 'insert' ? op.values : valuesOf(fields)
  return Object.freeze({ collection, record, kind, values })
}
