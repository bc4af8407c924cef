import uPlot from 'uplot'
import type { Curve } from './curve.ts'

const SIZE = { width: 420, height: 280 }

/** How uPlot calls scales. */
const [LINEAR, LOGARITHMIC] = [1, 3] as const

/** Draws curves. Costs are on a logarithmic scale of whole powers of ten, so that what is flat looks flat. */
function draw(curves: readonly Curve[]): void {
  for (const { name, of, unit, points } of curves) {
    const values = points.map(({ value }) => value)
    const distr = points.every(({ size }) => size > 0) ? LOGARITHMIC : LINEAR
    const range: [number, number] = [powerBelow(Math.min(...values)), 10 * powerBelow(Math.max(...values))]
    new uPlot(
      {
        ...SIZE,
        title: name,
        scales: { x: { time: false, distr }, y: { distr: LOGARITHMIC, range } },
        axes: [
          { label: of, space: 70 },
          { label: unit, size: 60 },
        ],
        series: [{}, { stroke: '#0b62d6', width: 2, points: { show: true, size: 8, fill: '#0b62d6' } }],
      },
      [points.map(({ size }) => size), values],
      document.body,
    )
  }
}

const powerBelow = (value: number) => 10 ** Math.floor(Math.log10(value))

Object.assign(globalThis, { draw })
