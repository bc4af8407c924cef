import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Manifest } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import { Delta, type Effect, findCollection } from '../app/application.ts'
import { type ReadAside, setAside } from '../records/aside.ts'
import type { Draft } from './draft.ts'
import { writeField } from './write-field.ts'

/** Thrown to leave the application's function; never leaves this file. */
class Refusal {
  readonly error: WireError

  constructor(error: WireError) {
    this.error = error
  }
}

/**
 * Runs an application's effect inside the edit that caused it, under the same seq and dot.
 *
 * @param readAside an effect that asks for a record which is set aside is refused: to it, the record would not exist
 */
export function runEffect(
  effect: Effect,
  manifest: Manifest,
  draft: Draft,
  row: Row,
  readAside?: ReadAside,
): WireError | undefined {
  const refuse = (message: string): never => {
    throw new Refusal(wireError('effect-refused', message))
  }
  const run = () =>
    effect(
      {
        refuse,
        get(collection, id) {
          const record = draft.record(collection, id)
          if (record && !record.deleted) return record.row
          const aside = readAside?.(collection, id)
          if (aside) throw new Refusal(setAside(id, aside))
          return undefined
        },
        update(collection, id, fields) {
          for (const [name, value] of Object.entries(fields)) {
            const record = draft.record(collection, id)
            const column = findCollection(manifest, collection)?.columns.find(
              (candidate) => candidate.name === name,
            )
            if (!column) throw new Error(`an effect writes "${collection}.${name}", which is not a column`)
            if (!record || record.deleted) throw new Error(`an effect updates "${id}", which does not exist`)
            const op = value instanceof Delta ? { add: value.by } : { set: value }
            // It has read the values that are there, in the same pass.
            const merged = writeField(draft, record, column, { by: 'effect', op, concurrent: false })
            if (merged.outcome === 'rejected') return refuse(merged.error.message)
          }
        },
      },
      row,
    )
  try {
    draft.follow(run)
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.error
    throw thrown
  }
  return undefined
}
