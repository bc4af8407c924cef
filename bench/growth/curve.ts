import type { Database } from '../load/database.ts'

/** What is measured at one size. */
export type Point = { readonly size: number; readonly value: number }

/** How a cost grows with a size. */
export type Curve = {
  readonly name: string
  /** What the size counts. */
  readonly of: string
  /** The unit of the value. */
  readonly unit: string
  readonly points: readonly Point[]
}

/** What curves are measured with. */
export type Ground = {
  readonly database: Database
  /** How long each point is measured, in ms. */
  readonly measureMs: number
  readonly report: (line: string) => void
}

/** Measures a value at one size after the other. */
export async function curve(
  { report }: Ground,
  { name, of, unit, sizes }: Omit<Curve, 'points'> & { readonly sizes: readonly number[] },
  measure: (size: number) => Promise<number>,
): Promise<Curve> {
  const points: Point[] = []
  for (const size of sizes) {
    const value = await measure(size)
    points.push({ size, value })
    report(`${name}, ${size} ${of}: ${value.toFixed(1)} ${unit}`)
  }
  return { name, of, unit, points }
}
