import { inspect } from '../../protocol/guard.ts'
import type { Column } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'
import { checkValue } from '../records/validate.ts'
import type { Application, MergeFunction } from './application.ts'

/** A fault of the application's own code, for whoever runs it. It has cost nobody but the author it was about. */
export type MergeFault = { readonly collection: string; readonly column: string; readonly error: string }

/** A column's merge function, made safe: it gives undefined where the application's throws, or gives no value. */
export type SafeMerge = (...three: Parameters<MergeFunction>) => Value | undefined

/** Finds the merge function of a column. */
export type Merging = (collection: string, column: Column) => SafeMerge | undefined

/** An application's merge functions. What is wrong with one is added to `faults`. */
export function mergingOf({ rules }: Pick<Application, 'rules'>, faults: MergeFault[]): Merging {
  return (collection, column) => {
    const merges = rules.get(collection)?.merges ?? {}
    const merge = Object.hasOwn(merges, column.name) ? merges[column.name] : undefined
    if (!merge) return undefined
    const fail = (error: string) => {
      faults.push({ collection, column: column.name, error })
      return undefined
    }
    return (base, current, incoming) => {
      let merged: Value
      try {
        merged = merge(base, current, incoming)
      } catch (thrown) {
        return fail(String(thrown))
      }
      const why = whyUnfit(column, merged)
      return why === undefined ? merged : fail(why)
    }
  }
}

function whyUnfit(column: Column, value: Value | undefined): string | undefined {
  if (value === undefined) return 'It gave no value.'
  return checkValue(column, value)?.message ?? inspect(value)?.message
}
