import { it } from 'vitest'
import { foldingKeepsAll } from './fold-law.ts'

it('CNF-42 folding hides no losing value, at length', () => {
  foldingKeepsAll(100_000)
})
