const names = new Intl.DisplayNames('en', { type: 'currency' })

/** The currencies to choose from, by code; one that is in use and unknown here is among them. */
export function currencyOptions(current: string): (readonly [code: string, words: string])[] {
  const codes = Intl.supportedValuesOf('currency')
  const all = codes.includes(current) ? codes : [current, ...codes]
  return all.map((code) => [code, wordsOf(code)])
}

function wordsOf(code: string): string {
  if (!/^[A-Z]{3}$/.test(code)) return code
  const name = names.of(code)
  return name === undefined || name === code ? code : `${code} ${name}`
}
