import type { Column } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'

/**
 * A value as `to_jsonb` writes it, in its one form here. Two differ: times come in the time zone of who wrote them, and
 * to the microsecond; exact decimals come as numbers. What has no form here is left, to be noticed.
 *
 * @param sqlType the column's type in Postgres
 */
export function fromJsonb({ type }: Pick<Column, 'type'>, sqlType: string, value: Value): Value {
  if (type === 'timestamp' && typeof value === 'string') return toUtc(value) ?? value
  if (type !== 'text' || typeof value !== 'number') return value
  const [, places = '0'] = DECIMAL.exec(sqlType) ?? []
  return value.toFixed(Number(places))
}

/** A decimal with its digits and, where it has any, its places. */
const DECIMAL = /^numeric\(\d+(?:, ?(\d+))?\)$/

/** Offsets have seconds before the time zones of railways. */
const TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/

function toUtc(text: string): string | undefined {
  const [, day, time, fraction = '', sign, ...offset] = TIME.exec(text) ?? []
  if (day === undefined) return undefined
  const [hours, minutes, seconds] = offset.map((part) => Number(part ?? 0))
  // Cut and not rounded, as the pages are.
  const local = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  const ahead = ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000
  const utc = new Date(sign === '-' ? local + ahead : local - ahead)
  return Number.isNaN(utc.getTime()) ? undefined : utc.toISOString()
}
