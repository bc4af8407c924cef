import * as fc from 'fast-check'

/** Every run draws the same cases; a failure prints this seed and the path to its smallest case. */
const SEED = 20_261_122

/** Checks a law on generated cases. */
export function holds<Case extends [unknown, ...unknown[]]>(
  law: fc.IPropertyWithHooks<Case>,
  numRuns = 300,
): void {
  fc.assert(law, { seed: SEED, numRuns })
}

/** Checks a law on generated cases that take their time. */
export function holdsLater<Case extends [unknown, ...unknown[]]>(
  law: fc.IAsyncPropertyWithHooks<Case>,
  numRuns = 300,
): Promise<void> {
  return fc.assert(law, { seed: SEED, numRuns })
}
