/** A pattern for the whole numbers from one to another, which is at least 0 where the first is at most 0. */
export function wholeNumbers(least: number, greatest: number): string {
  return `(?:${upTo(greatest)}|-(?!0)${upTo(-least)})`
}

/** A pattern for the numbers from 0 to another, digit by digit: those that are shorter, or smaller from some digit on. */
function upTo(greatest: number): string {
  const digits = String(greatest)
  const shorter = digits.length > 1 ? ['0', `[1-9]\\d{0,${digits.length - 2}}`] : []
  const smaller = [...digits].flatMap((digit, place) => {
    const first = place === 0 && digits.length > 1 ? 1 : 0
    const last = Number(digit) - 1
    const rest = digits.length - place - 1
    return last < first ? [] : [`${digits.slice(0, place)}[${first}-${last}]\\d{${rest}}`]
  })
  return `(?:${[...shorter, ...smaller, digits].join('|')})`
}
