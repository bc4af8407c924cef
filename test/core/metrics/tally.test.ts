import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { METRICS, namesOf } from '../../../src/core/metrics/metric-table.ts'
import type { Reading } from '../../../src/core/metrics/reading.ts'
import { difference, together } from '../../../src/core/metrics/readings.ts'
import { MAX_SERIES, OTHER, Tally } from '../../../src/core/metrics/tally.ts'

/** Something that is counted: a counter or a distribution, with labels of its own. */
const counted = fc.oneof(
  fc.record({
    name: fc.constantFrom(...namesOf('counter')),
    value: fc.nat({ max: 1_000 }),
    label: fc.nat({ max: 3 }),
  }),
  fc.record({
    name: fc.constantFrom(...namesOf('histogram')),
    value: fc.nat({ max: 100_000 }),
    label: fc.nat({ max: 3 }),
  }),
)
const course = fc.array(counted, { maxLength: 60 })

type Counted = typeof counted extends fc.Arbitrary<infer One> ? One : never

function tallyOf(all: readonly Counted[], tally = new Tally()): Tally {
  for (const { name, value, label } of all) {
    const labels = METRICS[name].labels.map((_, i) => `v${label + i}`)
    const counter = namesOf('counter').find((one) => one === name)
    const histogram = namesOf('histogram').find((one) => one === name)
    if (counter) tally.count(counter, value, ...labels)
    if (histogram) tally.observe(histogram, value, 1, ...labels)
  }
  return tally
}

const readingOf = (tally: Tally, at: number): Reading => ({
  since: 1,
  at,
  ...tally.counted,
  gauges: { sessions: 2 },
})

describe('a tally', () => {
  it('MET-4 is the sum of its parts, whichever way they were stored and put together', () => {
    fc.assert(
      fc.property(course, course, (before, after) => {
        const whole = tallyOf([...before, ...after]).counted
        const woken = new Tally()
        woken.add(JSON.parse(JSON.stringify(tallyOf(before).counted)))
        expect(tallyOf(after, woken).counted).toEqual(whole)
        const parts = [tallyOf(before), tallyOf(after)].map((tally) => readingOf(tally, 2))
        expect(together(parts, 3)).toEqual({
          ...whole,
          since: 1,
          at: 3,
          gauges: expect.objectContaining({ sessions: 4 }),
        })
      }),
    )
  })

  it('MET-4 tells what came between two readings', () => {
    fc.assert(
      fc.property(course, course, (before, after) => {
        const tally = tallyOf(before)
        const earlier = readingOf(tally, 2)
        const later = readingOf(tallyOf(after, tally), 3)
        const between = new Tally()
        between.add(difference(later, earlier))
        for (const name of namesOf('counter')) expect(between.total(name)).toBe(tallyOf(after).total(name))
        for (const name of namesOf('histogram'))
          expect(between.distribution(name).pack()).toEqual(tallyOf(after).distribution(name).pack())
      }),
    )
    const begunAnew = { ...readingOf(tallyOf([]), 5), since: 4 }
    expect(difference(begunAnew, readingOf(tallyOf([]), 2))).toBe(begunAnew)
  })

  it('MET-5 has so many series of a name and no more, whatever is said', () => {
    const tally = new Tally()
    for (let i = 0; i < 10 * MAX_SERIES; i++) tally.count('verdicts', 1, `code-${i}`)
    for (const odd of ['', 'with space', 'x'.repeat(65)]) tally.count('verdicts', 1, odd)
    expect(Object.keys(tally.counted.counters.verdicts ?? {})).toHaveLength(MAX_SERIES + 1)
    expect(tally.total('verdicts', OTHER)).toBe(9 * MAX_SERIES + 3)
    expect(tally.total('verdicts')).toBe(10 * MAX_SERIES + 3)
  })

  it('MET-6 leaves out what was stored under no name of today, or in no form', () => {
    const tally = new Tally()
    tally.add({
      counters: {
        turns: { '': 3, extra: 1 },
        forgotten: { '': 1 },
        verdicts: { accepted: -1 },
        sent_bytes: 7,
      },
      histograms: { drain_lag: { '': [0, 9_999, 1] }, client_delivery: { '': [5, 5, 1] } },
    })
    expect(tally.counted).toEqual({
      counters: { turns: { '': 3 } },
      histograms: { client_delivery: { '': [5, 5, 1] } },
    })
  })

  it('MET-5 a series has the labels of its name', () => {
    expect(() => new Tally().count('turns', 1, 'label')).toThrow('turns has the labels none')
  })
})
