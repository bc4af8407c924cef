import type { Row } from '../../../src/protocol/value.ts'

/**
 * What one author did to one row, as the author knows it, under the names of Postgres. Every text
 * and every day that is written is written once, so a value says which touch it comes from.
 */
export type Touch = {
  readonly author: string
  readonly table: 'assignees' | 'cards'
  readonly id: string
  /** What its author saw in its place: the row, or the changed columns of it. Absent for an insert. */
  readonly over?: Row
  /** What it wrote: the row, or the changed columns of it. Absent for a delete. */
  readonly wrote?: Row
}

/** A committed change of a row by SQL; among those of one row, a higher `place` came later. */
export type SqlTouch = Touch & { readonly place: number }

/** A touch with its place in the order of the tenant's log. */
export type Placed = Touch & {
  readonly seq: number
  /** The number of the client's edit. */
  readonly n?: number | undefined
}

/** Some columns of a row. */
export function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
}

/** The columns whose values are written once. */
export const TRACKED: Readonly<Record<Touch['table'], readonly string[]>> = {
  assignees: ['name', 'city'],
  cards: ['notes', 'due_on'],
}

const MS_A_DAY = 86_400_000

/** Gives out values that are written once. */
export class Values {
  readonly #seed: number
  #given = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  text(author: string): string {
    this.#given += 1
    return `${author}:${this.#given}:${this.#seed}`
  }

  day(): string {
    this.#given += 1
    return new Date(Date.UTC(2000, 0, 1) + this.#given * MS_A_DAY).toISOString().slice(0, 10)
  }
}
