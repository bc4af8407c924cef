import type { OutsideChange, OutsideEvent } from '../core/batch.ts'
import type { Misfit } from '../core/validate.ts'
import type { Column } from '../protocol/manifest.ts'
import type { Value } from '../protocol/value.ts'
import { inexact } from './exact-value.ts'

/** A value without an exact form here, which no later change has replaced. */
type Standing = {
  readonly change: OutsideChange
  readonly misfit: Misfit
  /** Gives the column another value, as if that had been written at once. */
  replace(value: Value): void
}

type Values = Record<string, Value>

/**
 * Takes values that have no exact form here out of changes, where a later change replaced them, as
 * if the later value had been written at once. So a person who mends such a value in its table lets
 * everything go on.
 *
 * @returns the changes, or the first such value that still stands
 */
export function mendInexact(
  changes: readonly OutsideEvent[],
  columnsOf: (collection: string) => readonly Column[],
): { readonly changes: readonly OutsideEvent[] } | { readonly standing: Standing } {
  const standing = new Map<string, Standing>()
  const mended = changes.map((change): OutsideEvent => {
    // What clients write is exact.
    if (change.kind === 'proposal') return change
    const [before, after]: [Values, Values] = [{ ...change.before }, { ...change.after }]
    const whole = { ...change, before, after }
    for (const column of columnsOf(change.collection)) {
      const { name } = column
      const key = JSON.stringify([change.collection, change.id, name])
      const earlier = standing.get(key)
      const [old, young] = [before[name], after[name]]
      if (old === undefined && young === undefined) continue
      standing.delete(key)
      if (young === undefined) {
        // The record is gone, and with it the value.
        earlier?.replace(column.default ?? null)
        if (inexact(column, old ?? null)) before[name] = column.default ?? null
        continue
      }
      const misfit = inexact(column, young)
      if (misfit) {
        const replace = (value: Value): void => {
          after[name] = value
          if (old !== undefined && inexact(column, old)) before[name] = value
          earlier?.replace(value)
        }
        standing.set(key, { change, misfit, replace })
      } else if (old !== undefined && inexact(column, old)) {
        // The earlier change wrote the value already, so nothing is left to do here.
        earlier?.replace(young)
        before[name] = young
      }
    }
    return whole
  })
  const [first] = standing.values()
  return first ? { standing: first } : { changes: mended }
}
