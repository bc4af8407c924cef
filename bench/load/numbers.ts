/** The value below which a share of the numbers lies. */
export function centile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.POSITIVE_INFINITY
}

export const median = (numbers: readonly number[]) => centile(numbers, 0.5)

/** A ratio with two places, as figures print it. */
export const rounded = (number: number) => Math.round(number * 100) / 100
