import { useEffect, useRef, useState } from 'react'
import type UPlot from 'uplot'
import type { ActivityPoint, TenantActivity } from '../../src/protocol/internal/activity.ts'

type Line = { readonly label: string; readonly of: string; readonly isRate?: true }
type Plotted = { readonly title: string; readonly unit: string; readonly lines: readonly Line[] }

/** Those of a point's values that tell most of a tenant. */
const PLOTS: readonly Plotted[] = [
  {
    title: 'Edits',
    unit: 'a minute',
    lines: [
      { label: 'accepted', of: 'edits accepted', isRate: true },
      { label: 'refused', of: 'verdicts that are refusals', isRate: true },
    ],
  },
  {
    title: 'Until Postgres has an edit',
    unit: 'ms',
    lines: [
      { label: 'p50', of: 'drain lag p50' },
      { label: 'p99', of: 'drain lag p99' },
    ],
  },
  {
    title: 'Until others see an edit',
    unit: 'ms',
    lines: [
      { label: 'p50', of: 'delivery p50' },
      { label: 'p99', of: 'delivery p99' },
    ],
  },
  {
    title: 'Sessions and edits that wait',
    unit: '',
    lines: [
      { label: 'sessions', of: 'sessions' },
      { label: 'waiting', of: 'outbox' },
    ],
  },
]

const HEIGHT = 150
const HOUR_SECONDS = 3_600

/** What draws them, which the rest of the page does not wait for and does without where it fails. */
async function loadDrawing(): Promise<typeof UPlot> {
  // While it is loaded it makes a format of the browser's language, and throws where that is none, as
  // `en-US@posix` of a Chromium without a desktop.
  if (!isLanguage(navigator.language))
    Object.defineProperty(navigator, 'language', { value: 'en-GB', configurable: true })
  return (await import('uplot')).default
}

function isLanguage(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name).length > 0
  } catch {
    // It throws for what is none, which is the answer.
    return false
  }
}

type PlotsProps = Pick<TenantActivity, 'names' | 'points'>

/** The last hour of a tenant. */
export function Plots({ names, points }: PlotsProps) {
  const [drawing, setDrawing] = useState<{ readonly Drawing?: typeof UPlot; readonly fault?: string }>({})
  useEffect(() => {
    loadDrawing().then(
      (Drawing) => setDrawing({ Drawing }),
      (thrown: unknown) => setDrawing({ fault: thrown instanceof Error ? thrown.message : String(thrown) }),
    )
  }, [])
  return (
    <section aria-label="The last hour" className="plots" data-testid="plots">
      {drawing.fault !== undefined && (
        <p className="warn">The plots cannot be drawn, only what is now is told: {drawing.fault}</p>
      )}
      {PLOTS.map((plotted) => (
        <Plot key={plotted.title} Drawing={drawing.Drawing} plotted={plotted} names={names} points={points} />
      ))}
    </section>
  )
}

function valuesOf(
  { of, isRate }: Line,
  names: readonly string[],
  points: readonly ActivityPoint[],
): number[] {
  const [place, seconds] = [names.indexOf(of), names.indexOf('seconds')]
  return points.map(({ values }) => {
    const value = values[place] ?? 0
    return isRate ? (value / Math.max(1, values[seconds] ?? 0)) * 60 : value
  })
}

type PlotProps = PlotsProps & { readonly Drawing: typeof UPlot | undefined; readonly plotted: Plotted }

function Plot({ Drawing, plotted, names, points }: PlotProps) {
  const place = useRef<HTMLDivElement>(null)
  const { title, unit, lines } = plotted
  const series = lines.map((line) => valuesOf(line, names, points))
  useEffect(() => {
    const element = place.current
    if (!element || !Drawing) return undefined
    const draw = () => drawn(Drawing, element, lines, points, series)
    let plot = draw()
    const redraw = () => {
      plot.destroy()
      plot = draw()
    }
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', redraw)
    window.addEventListener('resize', redraw)
    return () => {
      scheme.removeEventListener('change', redraw)
      window.removeEventListener('resize', redraw)
      plot.destroy()
    }
  })
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong>
        {lines.map(({ label }, index) => (
          <span key={label} className={`line-${index}`}>
            {label} {rounded(series[index]?.at(-1) ?? 0)}
          </span>
        ))}
        <span className="muted">{unit}</span>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  )
}

const rounded = (value: number) => (value >= 10 ? Math.round(value) : Math.round(value * 10) / 10)

function drawn(
  Drawing: typeof UPlot,
  element: HTMLElement,
  lines: readonly Line[],
  points: readonly ActivityPoint[],
  series: readonly number[][],
): UPlot {
  // A canvas knows nothing of the colours of the page.
  const colourOf = (name: string) => {
    const probe = element.appendChild(document.createElement('span'))
    probe.className = name
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
  const [ink, grid] = [colourOf('muted'), colourOf('grid')]
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
  const now = (points.at(-1)?.at ?? Date.now()) / 1_000
  return new Drawing(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: () => [now - HOUR_SECONDS, now] },
        y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
      },
      axes: [
        {
          ...axis,
          values: (_, splits) => splits.map((at) => new Date(at * 1_000).toTimeString().slice(0, 5)),
        },
        { ...axis, size: 52 },
      ],
      series: [
        {},
        ...lines.map(({ label }, index) => ({
          label,
          stroke: colourOf(`line-${index}`),
          width: 2,
          points: { show: points.length < 30, size: 5 },
        })),
      ],
    },
    [points.map(({ at }) => at / 1_000), ...series],
    element,
  )
}
