import { Histogram } from './histogram.ts'
import { isMetric, isOfKind, METRICS, type Metric, type MetricName } from './metric-table.ts'
import type { Labels, Reading } from './reading.ts'

/** A reading with the labels that all of its series have besides their own, such as the tenant. */
export type Labelled = { readonly labels: Readonly<Record<string, string>>; readonly reading: Reading }

/** The content type of the text. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const MS_PER_SECOND = 1_000

/**
 * Upper bounds of what is told of a distribution: the highest values of buckets that end just below a power of two,
 * and so exact.
 */
const BOUNDS: readonly number[] = Array.from({ length: 19 }, (_, power) => 2 ** (power + 1) - 1)

/** The name that a metric has outside, with its unit as Prometheus has it. */
export function prometheusName(name: MetricName): string {
  const { kind, unit }: Metric = METRICS[name]
  const words = [
    'tidemark',
    name.replace(/_(time|bytes)$/, ''),
    ...(unit === 'milliseconds' ? ['seconds'] : []),
    ...(unit === 'bytes' ? ['bytes'] : []),
    ...(kind === 'counter' ? ['total'] : []),
  ]
  return words.join('_')
}

/** Readings in the text format of Prometheus, each metric with its help once. */
export function prometheusText(readings: readonly Labelled[]): string {
  const lines = Object.keys(METRICS)
    .filter(isMetric)
    .flatMap((name) => {
      const samples = readings.flatMap((one) => samplesOf(name, one))
      const { kind, help }: Metric = METRICS[name]
      const called = prometheusName(name)
      return samples.length === 0 ? [] : [`# HELP ${called} ${help}`, `# TYPE ${called} ${kind}`, ...samples]
    })
  return `${lines.join('\n')}\n`
}

function samplesOf(name: MetricName, { labels, reading }: Labelled): string[] {
  const metric: Metric = METRICS[name]
  const called = prometheusName(name)
  const sample = (value: number, own: Readonly<Record<string, string>> = {}, suffix = '') =>
    `${called}${suffix}${printLabels({ ...labels, ...own })} ${value}`
  if (isOfKind(name, 'histogram')) {
    return Object.entries(reading.histograms[name] ?? {}).flatMap(([series, packed]) => {
      const histogram = Histogram.unpack(packed)
      return histogram ? bucketsOf(metric, histogram, named(metric, series), sample) : []
    })
  }
  if (isOfKind(name, 'gauge')) {
    const value = reading.gauges[name]
    return value === undefined ? [] : [sample(value)]
  }
  if (!isOfKind(name, 'counter')) return []
  return Object.entries(reading.counters[name] ?? {}).map(([series, total]) =>
    sample(inUnit(metric, total), named(metric, series)),
  )
}

type Sample = (value: number, own?: Readonly<Record<string, string>>, suffix?: string) => string

function bucketsOf(
  metric: Metric,
  histogram: Histogram,
  own: Readonly<Record<string, string>>,
  sample: Sample,
): string[] {
  return [
    ...BOUNDS.map((bound) =>
      sample(histogram.upTo(bound), { ...own, le: String(inUnit(metric, bound)) }, '_bucket'),
    ),
    sample(histogram.count, { ...own, le: '+Inf' }, '_bucket'),
    sample(inUnit(metric, histogram.sum), own, '_sum'),
    sample(histogram.count, own, '_count'),
  ]
}

const inUnit = ({ unit }: Metric, value: number): number =>
  unit === 'milliseconds' ? value / MS_PER_SECOND : value

function named({ labels }: Metric, series: Labels): Record<string, string> {
  const values = series.split(' ')
  return Object.fromEntries(labels.map((label, i) => [label, values[i] ?? '']))
}

function printLabels(labels: Readonly<Record<string, string>>): string {
  const printed = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return printed.length === 0 ? '' : `{${printed.join()}}`
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
