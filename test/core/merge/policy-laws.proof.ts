import { it } from 'vitest'
import { holdsFor, newSeed, POLICIES, PROOF_CASES, SEED } from './policy-laws.ts'

it.each(POLICIES)('MRG-49 %s keeps its promise whoever has seen what, at length', (policy) => {
  holdsFor(policy, SEED, PROOF_CASES / 2)
  holdsFor(policy, newSeed(), PROOF_CASES / 2)
})
