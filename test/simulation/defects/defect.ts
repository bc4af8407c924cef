/** A defect that is planted for the simulator to find: a piece of the product's source, and what takes its place. */
export type Defect = {
  readonly name: string
  /** From the repository's root. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly put: string
}

export const defect = (name: string, file: string, find: string, put: string): Defect => ({
  name,
  file,
  find,
  put,
})
