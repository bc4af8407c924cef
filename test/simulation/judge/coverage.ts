import type { DISK_FAULTS, TAB_FAULTS } from '../campaign/plan.ts'
import { COMMON_FAULTS, PERSONAL_FAULTS } from '../campaign/script.ts'
import table from '../faults-and-steps.json' with { type: 'json' }

/** Where an edit stands, on its way to the object and on from there to Postgres; and where a client does. */
export const STEPS = [
  // Shown by its author's client, and not sent over the present link.
  'made',
  'sent',
  // In the object's log, and its author has not heard of it.
  'accepted',
  'answered',
  // Not on its way to Postgres yet.
  'waiting',
  // On its way there, or lost on it.
  'asked',
  // Committed there, and the object has not heard of it.
  'inPostgres',
  // The object knows, its author does not.
  'stored',
  'offline',
  'connecting',
  'catching-up',
  'live',
] as const

export type Step = (typeof STEPS)[number]

/** What strikes: by the script, or in a call to Postgres. */
export const FAULTS = [
  ...PERSONAL_FAULTS,
  ...COMMON_FAULTS,
  'reopened',
  'external',
  'nudge',
  'compare',
  'lostCall',
  'lostAnswer',
] as const

/** What strikes disks or tabs has no cells: they have steps of their own. */
export type Fault = (typeof FAULTS)[number] | (typeof DISK_FAULTS)[number] | (typeof TAB_FAULTS)[number]

/** Of more missed cells only the number is told. */
const TOLD = 20

/** Which fault has struck while something stood at which step, and how often. */
export class Coverage {
  readonly #hits = new Map<string, number>()

  /** @param hits as another one kept them */
  static of(hits: Readonly<Record<string, number>>): Coverage {
    const coverage = new Coverage()
    for (const [cell, count] of Object.entries(hits)) coverage.#hit(cell, count)
    return coverage
  }

  strike(fault: Fault, steps: Iterable<Step>): void {
    for (const step of new Set(steps)) this.#hit(`${fault} ${step}`, 1)
  }

  add(other: Coverage): void {
    for (const [cell, count] of other.#hits) this.#hit(cell, count)
  }

  /** How often each cell was hit. */
  get hits(): Record<string, number> {
    return Object.fromEntries([...this.#hits].sort())
  }

  /** Cells that the table has and nothing hit. */
  get missed(): string[] {
    return cells().filter((cell) => !this.#hits.has(cell))
  }

  /** Cells that the table says cannot be, and that were hit all the same. */
  get impossible(): string[] {
    return impossible().filter((cell) => this.#hits.has(cell))
  }

  /** One line, for people. */
  tell(): string {
    const [all, missed] = [cells().length, this.missed]
    const told = `${all - missed.length} of ${all} cells hit (a fault while something stood at a step)`
    if (missed.length === 0) return told
    return missed.length > TOLD ? told : `${told}; not hit: ${missed.join(', ')}`
  }

  #hit(cell: string, count: number): void {
    this.#hits.set(cell, (this.#hits.get(cell) ?? 0) + count)
  }
}

/** Every fault with every step at which it can strike. */
export function cells(): string[] {
  const all = FAULTS.flatMap((fault) => STEPS.map((step) => `${fault} ${step}`))
  return all.filter((cell) => !impossible().includes(cell))
}

function impossible(): string[] {
  return table.impossible.map(({ fault, step }) => `${fault} ${step}`)
}
