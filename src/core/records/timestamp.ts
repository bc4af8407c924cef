const DAY_MS = 86_400_000

/** Days of 400 years, after which the calendar begins anew; and of what is less, without their leap days. */
const ERA_DAYS = 146_097

/** Days from 1 March of the year 0 to 1 January 1970. */
const TO_1970 = 719_468

/**
 * A time as a column of type timestamp holds it, such as 2026-01-31T12:00:00.000Z.
 *
 * Counted in years that begin in March, so that a leap day is the last of its year: the algorithm is Howard Hinnant's
 * `civil_from_days` (public domain).
 *
 * @param ms milliseconds since 1970
 */
export function timestampOf(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const shifted = days + TO_1970
  const era = Math.floor(shifted / ERA_DAYS)
  const dayOfEra = shifted - era * ERA_DAYS
  const leaps =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / (ERA_DAYS - 1))
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const rest = ms - days * DAY_MS
  const [hour, minute] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60]
  const [second, milli] = [Math.floor(rest / 1_000) % 60, Math.floor(rest) % 1_000]
  return `${digits(year, 4)}-${digits(month)}-${digits(day)}T${digits(hour)}:${digits(minute)}:${digits(second)}.${digits(milli, 3)}Z`
}

function digits(value: number, length = 2): string {
  return String(value).padStart(length, '0')
}
