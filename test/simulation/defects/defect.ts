import type { Rates } from '../campaign/plan.ts'

/** A defect that is planted for the simulator to find: a piece of the product's source, and what takes its place. */
export type Defect = {
  readonly name: string
  /** From the repository's root. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly put: string
  /** Features and faults without which it never shows: every plan has them, where few would by chance. */
  readonly needs: readonly (keyof Rates)[]
}

export const defect = (
  name: string,
  file: string,
  find: string,
  put: string,
  needs: Defect['needs'] = [],
): Defect => ({ name, file, find, put, needs })
