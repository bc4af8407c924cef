import { such } from './shape.ts'

/** A value of one field as it travels: any JSON. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

/** The form of a value that came out of `JSON.parse`: it is there. */
export const anyValue = such<Value>((given) => given !== undefined)

/** Field values by column name. */
export type Row = Readonly<Record<string, Value>>
