import { DigestSum, type RowsDigest } from '../../../src/core/query/digest.ts'
import { valuesOf } from '../../../src/core/query/view.ts'
import type { ShownRow } from './shown-row.ts'
import type { Phase, View } from './view.ts'

/** Rows of one step: a few milliseconds of work. */
const ROWS_OF_A_STEP = 2_000

/** Compares what a view holds at one moment with what the server says of it, step by step. */
export class DigestCheck {
  readonly view: View
  /** How the view stood when the check began; when it stands otherwise, the check is about nothing any more. */
  readonly phase: Extract<Phase, { is: 'live' }>
  readonly #rows: readonly ShownRow[]
  readonly #told: RowsDigest
  readonly #sum = new DigestSum()
  #next = 0

  constructor(
    view: View,
    phase: Extract<Phase, { is: 'live' }>,
    rows: readonly ShownRow[],
    told: RowsDigest,
  ) {
    this.view = view
    this.phase = phase
    this.#rows = rows
    this.#told = told
  }

  /** One step. Returns whether there are more. */
  step(): boolean {
    const end = this.#next + ROWS_OF_A_STEP
    for (const row of this.#rows.slice(this.#next, end)) this.#sum.add(valuesOf(this.phase, row))
    this.#next = end
    return end < this.#rows.length
  }

  /** Do they agree, once all steps are done? */
  get agrees(): boolean {
    const { rows, text } = this.#sum.result
    return rows === this.#told.rows && text === this.#told.text
  }
}

/** Digests of what views hold, as the server says. */
export type Digests = readonly (readonly [view: number, rows: number, digest: string])[]

/** The comparisons that can be made: of views that are live, and not on their way. */
export function checksOf(digests: Digests, find: (number: number) => View | undefined): DigestCheck[] {
  return digests.flatMap(([number, rows, text]) => {
    const view = find(number)
    if (view?.phase.is !== 'live' || !view.held) return []
    return [new DigestCheck(view, view.phase, [...view.held.rows.values()], { rows, text })]
  })
}
