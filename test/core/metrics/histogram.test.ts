import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram, MAX_VALUE, QUANTILE_ERROR } from '../../../src/core/metrics/histogram.ts'

/** Small and large values alike: most distributions of times have both. */
const value = fc.oneof(
  fc.nat({ max: 40 }),
  fc.nat({ max: 5_000 }),
  fc.nat({ max: MAX_VALUE }),
  fc.nat({ max: 30 }).map((power) => 2 ** power),
  fc.integer({ min: 1, max: 30 }).map((power) => 2 ** power - 1),
)
const values = fc.array(value, { maxLength: 200 })

function histogramOf(observed: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const one of observed) histogram.observe(one)
  return histogram
}

function sumOf(...all: Histogram[]): Histogram {
  const sum = new Histogram()
  for (const one of all) sum.add(one)
  return sum
}

/** The smallest value that is not exceeded by so large a share. */
function exactQuantile(observed: readonly number[], share: number): number {
  const sorted = [...observed].sort((one, other) => one - other)
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN
}

describe('a histogram', () => {
  it('MET-1 has the exact count and sum, and no quantile is wrong by more than it says', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (observed, share) => {
          const histogram = histogramOf(observed)
          expect(histogram.count).toBe(observed.length)
          expect(histogram.sum).toBe(observed.reduce((sum, one) => sum + one, 0))
          const exact = exactQuantile(observed, share)
          expect(Math.abs((histogram.quantile(share) ?? Number.NaN) - exact)).toBeLessThanOrEqual(
            exact * QUANTILE_ERROR,
          )
        },
      ),
    )
  })

  it('MET-1 is exact for small numbers, and at the bounds just below powers of two', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 30 }), (observed, power) => {
        const limit = 2 ** power - 1
        expect(histogramOf(observed).upTo(limit)).toBe(observed.filter((one) => one <= limit).length)
      }),
    )
    for (let exact = 0; exact < 32; exact++) expect(histogramOf([exact]).quantile(1)).toBe(exact)
  })

  it('MET-2 adds up to that of all values, in any order and grouping', () => {
    fc.assert(
      fc.property(values, values, values, (one, other, third) => {
        const [a, b, c] = [histogramOf(one), histogramOf(other), histogramOf(third)] as const
        const all = histogramOf([...one, ...other, ...third]).pack()
        expect(sumOf(sumOf(a, b), c).pack()).toEqual(all)
        expect(sumOf(a, sumOf(b, c)).pack()).toEqual(all)
        expect(sumOf(c, b, a).pack()).toEqual(all)
        expect(sumOf(a, b).less(a).pack()).toEqual(b.pack())
      }),
    )
  })

  it('MET-3 comes out of its packed form as it went in, and that has two numbers a bucket in use', () => {
    fc.assert(
      fc.property(values, (observed) => {
        const packed = histogramOf(observed).pack()
        expect(packed.length).toBeLessThanOrEqual(1 + 2 * Math.min(448, new Set(observed).size))
        expect(Histogram.unpack(JSON.parse(JSON.stringify(packed)))?.pack()).toEqual(packed)
      }),
    )
  })

  it.each([
    [undefined],
    [null],
    ['[0]'],
    [[]],
    [[0, 1]],
    [[0, -1, 1]],
    [[0, 0.5, 1]],
    [[0, 448, 1]],
    [[Number.NaN]],
    [[0, '1', 1]],
  ])('MET-3 %j is no packed histogram', (packed) => {
    expect(Histogram.unpack(packed)).toBeUndefined()
  })

  it('MET-1 counts what is no whole number from 0 to its largest as the nearest that is', () => {
    expect(histogramOf([-1, Number.NaN, 0.4]).pack()).toEqual([0, 0, 3])
    expect(histogramOf([Number.POSITIVE_INFINITY]).pack()).toEqual(histogramOf([MAX_VALUE]).pack())
  })
})
