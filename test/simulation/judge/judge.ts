/** What is promised, clause by clause. */
export const CLAUSES = {
  G1: 'accepted is durable',
  G2: 'committed is in Postgres',
  G3: 'one outcome',
  G4: 'one effect',
  G5: 'in the order of its client',
  G6: 'intervals chain',
  G7: 'never back in time',
  G8: 'whole edits',
  G9: 'all sides equal',
  G10: 'merged by causality',
  G11: 'bounded vectors',
  G12: 'nothing unreadable',
  G13: 'good credentials',
  G14: 'a new log is told',
  G15: 'saved is on the disk, and outlasts the page',
  G16: 'external writes',
  G17: 'comes to rest',
  G18: 'limits hold, refused without effect',
  INV: 'caches are told',
  SIB: 'what triggers write arrives',
  CLU: 'numbers of one cluster count in it alone',
  IDS: 'ids follow one rule',
  ASD: 'what cannot be shown is set aside',
  OWN: 'an edit is its maker’s',
  QRY: 'a query is refused alone',
  LSN: 'every listener hears',
  NTF: 'told once',
  PRS: 'who is there is seen, and nobody else',
  TAB: 'tabs have one connection',
  CNF: 'who lost unseen is told, and to whom',
} as const

export type Clause = keyof typeof CLAUSES

export type Counts = Record<Clause, number>

/** Counts what was checked of each clause, and keeps what did not hold. */
export class Judge {
  readonly counts: Counts
  readonly violations: string[]
  readonly #whose: string

  /** @param parent shares counts and violations; `whose` is put before all that is told */
  constructor(whose = '', parent?: Judge) {
    this.counts = parent?.counts ?? noCounts()
    this.violations = parent?.violations ?? []
    this.#whose = parent && parent.#whose !== '' ? `${parent.#whose} ${whose}` : whose
  }

  of(whose: string): Judge {
    return new Judge(whose, this)
  }

  get hasFailed(): boolean {
    return this.violations.length > 0
  }

  /**
   * Notes that a clause was put to the test.
   *
   * @param tell says what was found instead, for people
   */
  check(clause: Clause, holds: boolean, tell: () => string): void {
    this.counts[clause]++
    if (!holds) this.violations.push(`${this.#whose}: ${tell()} (${clause}, ${CLAUSES[clause]})`)
  }
}

export function noCounts(): Counts {
  // The keys are those of the clauses, each once.
  return Object.fromEntries(Object.keys(CLAUSES).map((clause) => [clause, 0])) as Counts
}

/** Adds one run's counts to those of others. */
export function addCounts(sum: Counts, more: Counts): Counts {
  const clauses = Object.entries(sum) as [Clause, number][]
  return Object.fromEntries(clauses.map(([clause, count]) => [clause, count + more[clause]])) as Counts
}

/** One line: how often each clause was put to the test. */
export function tellCounts(counts: Counts): string {
  return Object.entries(counts)
    .map(([clause, count]) => `${clause} ${count.toLocaleString('en')}`)
    .join(', ')
}
