import * as v from 'valibot'
import type { Value } from './value.ts'

/**
 * Schemas here only ever see the output of `JSON.parse`, which is a `Value` by construction, so
 * nothing is left to check but presence. What a column accepts is decided in `core/validate.ts`. Its
 * type is written out because the one that is inferred is too deep for whoever checks our declarations.
 */
export const valueSchema: v.GenericSchema<unknown, Value> = v.custom<Value>(
  (input) => input !== undefined,
  'a value is missing',
)
