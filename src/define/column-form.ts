import type { PgColumn } from 'drizzle-orm/pg-core'
import { isDate } from '../core/records/validate.ts'
import type { ColumnForm, ColumnType } from '../protocol/manifest.ts'
import type { Value } from '../protocol/value.ts'

/** A column's type here, or why it cannot be synced and what to write instead. */
export type Typed =
  | { readonly type: ColumnType; readonly form?: ColumnForm; readonly ordered?: boolean }
  | { readonly instead: string }

/** A type of Postgres as Drizzle writes it: its name, what is in brackets, its zone, and whether it is a list, or one of lists. */
const WRITTEN =
  /^(?<base>[a-z][a-z ]*?)(?: ?\((?<size>\d+)(?:, ?(?<scale>-?\d+))?\))?(?<zone> with time zone)?(?<list>\[\d*\])?(?<nested>\[.*)?$/

type Written = {
  readonly size: number | undefined
  readonly scale: number
  readonly isZoned: boolean
  readonly isNumber: boolean
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

const DAY = '\\d{4}-\\d{2}-\\d{2}'
const CLOCK = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d'

/** Digits of a second that Postgres keeps where nothing is said. */
const MICROSECONDS = 6
/** Digits of a second of a time with zone, here. */
const MILLISECONDS = 3

/** A decimal of this many digits is told from every other by a double, which is what a number is in JSON. */
const MAX_DECIMAL_DIGITS = 15
/** Beyond as many places JavaScript writes a small number as a power of ten. */
const MAX_NUMBER_PLACES = 6

/** By the name of the type: those that are synced, and those that are not with what to write instead. */
const TYPES: Readonly<Record<string, (written: Written) => Typed>> = {
  text: () => ({ type: 'text' }),
  varchar: ({ size }) =>
    size === undefined
      ? { type: 'text' }
      : { type: 'text', form: like(`[^]{0,${size}}`, `text of at most ${size} characters`) },
  char: ({ size = 1 }) => ({
    type: 'text',
    form: like(`[^]{${size}}`, `text of exactly ${size} characters, filled with spaces`),
  }),
  uuid: () => ({
    type: 'text',
    form: like(UUID, 'a UUID in small letters such as 0190b6a1-7c3e-7d4f-8a5b-0123456789ab'),
  }),
  smallint: () => ({
    type: 'integer',
    form: formOf('a whole number of 16 bits', isWhole(-32_768, 32_767)),
  }),
  integer: () => ({ type: 'integer' }),
  bigint: () => ({ type: 'bigint' }),
  real: () => ({
    type: 'number',
    form: formOf('a number of single precision, which has some 7 digits', (value) => isSingle(Number(value))),
  }),
  'double precision': () => ({ type: 'number' }),
  numeric,
  boolean: () => ({ type: 'boolean' }),
  date: () => ({ type: 'date' }),
  time: (written) =>
    written.isZoned
      ? { instead: 'write time, or timestamp with its zone' }
      : {
          type: 'text',
          ordered: true,
          form: like(
            `${CLOCK}${fraction(written.size)}|24:00:00`,
            `a time of day such as 12:30:00${ofDigits(written)}`,
          ),
        },
  timestamp: (written) => (written.isZoned ? zoned(written) : local(written)),
  jsonb: () => ({ type: 'json' }),
  json: () => ({ instead: 'write jsonb' }),
  serial: () => ({ instead: 'write integer, and give the number where you insert' }),
  smallserial: () => ({ instead: 'write smallint, and give the number where you insert' }),
  bigserial: () => ({ instead: 'write bigint, and give the number where you insert' }),
  interval: () => ({ instead: 'write integer for seconds, or text' }),
  bytea: () => ({ instead: 'write text with base64, or keep files elsewhere and their names here' }),
  inet: () => ({ instead: 'write text' }),
  cidr: () => ({ instead: 'write text' }),
  macaddr: () => ({ instead: 'write text' }),
  point: () => ({ instead: 'write two columns of double precision, or jsonb' }),
  line: () => ({ instead: 'write three columns of double precision, or jsonb' }),
}

const LISTS: Readonly<Record<string, Typed>> = {
  text: { type: 'text[]' },
  smallint: listOf(-32_768, 32_767, 16),
  integer: listOf(-2_147_483_647, 2_147_483_647, 32),
  bigint: listOf(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 53),
}

/** The names of what is synced, for the sentence that refuses another. */
const SYNCED = `${Object.keys(TYPES)
  .filter((name) => 'type' in typed(name, { size: 9, scale: 2, isZoned: false, isNumber: false }))
  .join(', ')}, enums, and lists of ${Object.keys(LISTS).join(', ')}`

/** A column's type here, by its type in Postgres. */
export function typeOf(column: PgColumn): Typed {
  if (isEnum(column)) {
    const says = `one of ${column.enumValues?.join(', ')}`
    return { type: 'text', form: { says, unordered: true } }
  }
  const sqlType = column.getSQLType()
  const { base = '', size, scale, zone, list, nested } = WRITTEN.exec(sqlType)?.groups ?? {}
  if (list !== undefined) {
    const found = size === undefined && nested === undefined ? LISTS[base] : undefined
    return found ?? { instead: `lists are of ${Object.keys(LISTS).join(', ')}; write one of them, or jsonb` }
  }
  return typed(base, {
    size: size === undefined ? undefined : Number(size),
    scale: Number(scale ?? 0),
    isZoned: zone !== undefined,
    isNumber: column.dataType === 'number',
  })
}

function typed(base: string, written: Written): Typed {
  return (
    (Object.hasOwn(TYPES, base) ? TYPES[base]?.(written) : undefined) ?? {
      instead: `supported are ${SYNCED}; write one of them, or leave the column out of this table: what is not declared is left alone`,
    }
  )
}

function isEnum({ columnType }: PgColumn): boolean {
  return columnType === 'PgEnumColumn' || columnType === 'PgEnumObjectColumn'
}

function formOf(says: string, fits: (value: Value) => boolean): ColumnForm {
  return { says, wants: (value) => (fits(value) ? undefined : says) }
}

/** The form of what is like a pattern: a text, or a number as it is written; `fits` says what a pattern cannot. */
function like(pattern: string, says: string, fits: (text: string) => boolean = () => true): ColumnForm {
  const whole = new RegExp(`^(?:${pattern})$`, 'u')
  return formOf(says, (value) => whole.test(String(value)) && fits(String(value)))
}

function isWhole(least: number, greatest: number): (value: Value) => boolean {
  return (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= greatest
}

function listOf(least: number, greatest: number, bits: number): Typed {
  const isItem = isWhole(least, greatest)
  const form = formOf(
    `a list of whole numbers of ${bits} bits`,
    (value) => Array.isArray(value) && value.every(isItem),
  )
  return { type: 'json', form }
}

/** Digits of a second as Postgres writes them: without zeros at the end. */
function fraction(digits = MICROSECONDS): string {
  return digits === 0 ? '' : `(?:\\.\\d{0,${digits - 1}}[1-9])?`
}

function ofDigits({ size = MICROSECONDS }: Written): string {
  return size === 0 ? '' : `, or 12:30:00.5 with at most ${size} digits and no zero at the end`
}

function local(written: Written): Typed {
  const others = ofDigits(written).replace(' 12', ' 2026-01-31T12')
  const form = like(
    `${DAY}T${CLOCK}${fraction(written.size)}`,
    `a day and time without zone such as 2026-01-31T12:30:00${others}`,
    (text) => isDate(text.slice(0, 'YYYY-MM-DD'.length)),
  )
  return { type: 'text', ordered: true, form }
}

/** Times with zone travel in milliseconds, so those that Postgres would round have no more digits than it keeps. */
function zoned({ size = MICROSECONDS }: Written): Typed {
  if (size >= MILLISECONDS) return { type: 'timestamp' }
  const digits = `\\d{${size}}0{${MILLISECONDS - size}}`
  return { type: 'timestamp', form: like(`.*\\.${digits}Z`, `a time with ${size} digits of a second`) }
}

function numeric({ size, scale, isNumber }: Written): Typed {
  if (size === undefined || size > MAX_DECIMAL_DIGITS || scale < 0 || scale > size)
    return {
      instead: `write numeric with a precision up to ${MAX_DECIMAL_DIGITS} and a scale, such as numeric({ precision: 12, scale: 2 }), or text`,
    }
  const whole = size === scale ? '0' : `(?:0|[1-9]\\d{0,${size - scale - 1}})`
  const says = `a decimal of ${size} digits, ${scale} of them behind the point`
  if (!isNumber) {
    const places = scale === 0 ? '' : `\\.\\d{${scale}}`
    const pattern = `(?!-[0.]+$)-?${whole}${places}`
    const example =
      scale === 0 ? '12' : `${size === scale ? 0 : 12}.${'50'.padEnd(scale, '0').slice(0, scale)}`
    const written = `, as text such as ${JSON.stringify(example)}`
    return { type: 'text', form: { ...like(pattern, says + written), unordered: true } }
  }
  if (scale > MAX_NUMBER_PLACES)
    return { instead: `write mode: 'string', or a scale up to ${MAX_NUMBER_PLACES}` }
  const places = scale === 0 ? '' : `(?:\\.\\d{1,${scale}})?`
  return { type: 'number', form: like(`-?${whole}${places}`, says) }
}

/** Whether Postgres gives a `real` back as this number: by the fewest digits that tell it from its neighbours. */
function isSingle(value: number): boolean {
  const single = Math.fround(value)
  for (let digits = 1; digits <= MAX_SINGLE_DIGITS; digits++) {
    const shortest = Number(single.toPrecision(digits))
    if (Math.fround(shortest) === single) return shortest === value
  }
  return false
}

const MAX_SINGLE_DIGITS = 9
