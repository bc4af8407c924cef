/** What a measurement came to: its own fields, what it ran on, and whether the goal is met. */
export type Measured<Field extends string> = {
  readonly fields: Readonly<Record<Field, number | string>>
  /** What was fed in, so that a number can be compared with an earlier one. */
  readonly input: Readonly<Record<string, number | string>>
  readonly ok: boolean
}

/** How a figure is to be run, where it has a say in that. */
export type FigureOptions = {
  /** Repetitions, in place of its own number. */
  readonly rounds?: number
}

/** A named measurement with a goal. */
export type Figure<Field extends string = string> = {
  readonly name: string
  /** One sentence: what is measured. */
  readonly about: string
  readonly fields: readonly Field[]
  readonly goal: string
  /** Runs it; progress goes to `report`, one line at a time. */
  measure(report: (line: string) => void, options?: FigureOptions): Promise<Measured<Field>>
}
