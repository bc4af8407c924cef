const LOCALE = 'en-GB'

const formats = new Map<string, Intl.NumberFormat>()

/** Making a formatter is slow, and a list asks for the same one in every row. */
function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency)
  if (known) return known
  const made = new Intl.NumberFormat(LOCALE, { style: 'currency', currency })
  formats.set(currency, made)
  return made
}

function digitsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2
}

/** Minor units (pence, cents) as people write them. */
export function formatMoney(minor: number, currency: string): string {
  return formatOf(currency).format(minor / 10 ** digitsOf(currency))
}

/** Minor units as they go into an input: no symbol, no separators. */
export function moneyInput(minor: number, currency: string): string {
  const digits = digitsOf(currency)
  return (minor / 10 ** digits).toFixed(digits)
}

/**
 * What a person typed, in minor units; undefined when it is not a positive amount that the
 * currency can express. A symbol, spaces and separators between thousands are fine.
 */
export function parseMoney(text: string, currency: string): number | undefined {
  const digits = digitsOf(currency)
  const match = /^[^\d.,+-]*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$/.exec(text.replace(/\s/g, ''))
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  if (fraction.length > digits) return undefined
  const minor = Number(whole.replaceAll(',', '') + fraction.padEnd(digits, '0'))
  return Number.isSafeInteger(minor) && minor > 0 ? minor : undefined
}

/** The currency if `Intl` knows its form, else the default: a typing slip must not blank the page. */
export function usableCurrency(currency: string | undefined): string {
  return currency !== undefined && /^[A-Z]{3}$/.test(currency) ? currency : 'GBP'
}
