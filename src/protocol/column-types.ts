/** The types that a column can have. Each type has one JSON form, the same in the object and on the wire. */
export const COLUMN_TYPES = [
  'text',
  'integer',
  'bigint',
  'number',
  'boolean',
  'date',
  'timestamp',
  'json',
  'text[]',
] as const
