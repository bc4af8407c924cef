import type { FieldOp } from '../../../src/protocol/edit.ts'
import type { PastChange } from '../../../src/protocol/history.ts'
import type { Column } from '../../../src/protocol/manifest.ts'
import type { Composer } from './composer.ts'
import { type InverseOfText, inverseOf } from './inverse.ts'

/** Takes a change back: what it set is what it was before. */
export function takeBack(
  composer: Composer,
  { kind, collection, id, from, to, deltas }: PastChange,
  ofText: InverseOfText,
): void {
  if (kind === 'delete') composer.restore(collection, id)
  else if (kind !== 'update') composer.delete(collection, id)
  else {
    const now = composer.get(collection, id)
    composer.change(collection, id, (description) => {
      const fields: Record<string, FieldOp> = {}
      const isEffect = ({ policy }: Column) => Number(policy.kind === 'effect')
      const changed = description.columns.filter(({ name }) => Object.hasOwn(to, name))
      // That an effect wrote it is the better reason, whatever else stands against it.
      for (const column of [...changed].sort((a, b) => isEffect(b) - isEffect(a))) {
        const { name } = column
        const values = { from: from[name] ?? null, to: to[name] ?? null }
        const op = inverseOf(column, { ...values, delta: deltas?.[name], now: now?.[name] }, ofText)
        if ('code' in op) return { error: op }
        fields[name] = op
      }
      return { fields }
    })
  }
}
