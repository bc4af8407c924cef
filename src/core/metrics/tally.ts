import { Histogram } from './histogram.ts'
import { type CounterName, type HistogramName, METRICS, namesOf } from './metric-table.ts'
import type { Counted, Labels } from './reading.ts'

/** Series of one name. What would be one more is counted as `OTHER`, so that nothing that is said makes a tally grow. */
export const MAX_SERIES = 256

/** The values of all labels of a series that there was no room for. */
export const OTHER = 'other'

/** Characters of a label's value: longer than any name that an application may give. */
const MAX_LABEL = 64

/** Counters and histograms while they are counted. */
export class Tally {
  readonly #counters = new Map<CounterName, Map<Labels, number>>()
  readonly #histograms = new Map<HistogramName, Map<Labels, Histogram>>()

  /** Counts something once, or `times` times. `labels` are values in the order of the table. */
  count(name: CounterName, times = 1, ...labels: readonly string[]): void {
    if (times === 0) return
    const series = this.#counters.get(name) ?? seriesOf(this.#counters, name)
    const said = labels.join(' ')
    const key = series.has(said) ? said : roomFor(series, name, labels)
    series.set(key, (series.get(key) ?? 0) + times)
  }

  /** Counts a value of a distribution, in its unit. */
  observe(name: HistogramName, value: number, times = 1, ...labels: readonly string[]): void {
    this.#histogram(name, labels).observe(value, times)
  }

  /** Counts all values of a distribution that has no labels. */
  addTo(name: HistogramName, values: Histogram): void {
    this.#histogram(name, []).add(values)
  }

  /** What a counter has come to: of one series, or of all. */
  total(name: CounterName, ...labels: readonly string[]): number {
    const series = this.#counters.get(name)
    if (!series) return 0
    if (labels.length > 0) return series.get(labels.join(' ')) ?? 0
    return [...series.values()].reduce((sum, one) => sum + one, 0)
  }

  /** A distribution over all of its series. */
  distribution(name: HistogramName): Histogram {
    const all = new Histogram()
    for (const one of this.#histograms.get(name)?.values() ?? []) all.add(one)
    return all
  }

  /** Adds all that was counted elsewhere, also by another version: what has no name here, or no form, is left out. */
  add(counted: Counted | Unread): void {
    for (const name of namesOf('counter')) {
      for (const [labels, total] of seriesIn(counted.counters, name))
        if (isTotal(total)) this.count(name, total, ...labels)
    }
    for (const name of namesOf('histogram')) {
      for (const [labels, packed] of seriesIn(counted.histograms, name)) {
        const read = Histogram.unpack(packed)
        if (read) this.#histogram(name, labels).add(read)
      }
    }
  }

  get counted(): Counted {
    const histograms = [...this.#histograms].map(([name, series]) => [
      name,
      Object.fromEntries([...series].map(([labels, histogram]) => [labels, histogram.pack()])),
    ])
    const counters = [...this.#counters].map(([name, series]) => [name, Object.fromEntries(series)])
    return { counters: Object.fromEntries(counters), histograms: Object.fromEntries(histograms) }
  }

  #histogram(name: HistogramName, labels: readonly string[]): Histogram {
    const series = seriesOf(this.#histograms, name)
    const key = roomFor(series, name, labels)
    const known = series.get(key)
    if (known) return known
    const histogram = new Histogram()
    series.set(key, histogram)
    return histogram
  }
}

/** What was counted, before it is known whether it was. */
type Unread = { readonly counters: unknown; readonly histograms: unknown }

const isTotal = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** The series of a name, as far as they have its labels. */
function seriesIn(all: unknown, name: CounterName | HistogramName): [string[], unknown][] {
  const series = isObject(all) && Object.hasOwn(all, name) ? all[name] : undefined
  if (!isObject(series)) return []
  return Object.entries(series)
    .map(([labels, value]): [string[], unknown] => [labels === '' ? [] : labels.split(' '), value])
    .filter(([labels]) => labels.length === METRICS[name].labels.length)
}

function seriesOf<Name, Value>(all: Map<Name, Map<Labels, Value>>, name: Name): Map<Labels, Value> {
  const known = all.get(name)
  if (known) return known
  const series = new Map<Labels, Value>()
  all.set(name, series)
  return series
}

function roomFor(
  series: ReadonlyMap<Labels, unknown>,
  name: CounterName | HistogramName,
  given: readonly string[],
): Labels {
  const key = given.join(' ')
  if (series.has(key)) return key
  const { labels } = METRICS[name]
  if (labels.length !== given.length) throw new Error(`${name} has the labels ${labels.join() || 'none'}`)
  const fits = series.size < MAX_SERIES && given.every((label) => label !== '' && label.length <= MAX_LABEL)
  return fits && !given.some((label) => label.includes(' ')) ? key : labels.map(() => OTHER).join(' ')
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
