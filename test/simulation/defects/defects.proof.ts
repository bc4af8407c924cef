import { availableParallelism } from 'node:os'
import { expect, it } from 'vitest'
import { progressOf } from '../../support/progress.ts'
import { DEFECTS } from './defects.ts'
import { findDefects } from './find-defects.ts'

it('SIM-3 defects that are planted in the product are found', async (context) => {
  const progress = progressOf(context, 'planted defects')
  const all = await findDefects(
    ({ name, isFound, ms }, done) => {
      progress(done, DEFECTS.length)
      void context.annotate(`${isFound ? 'found' : 'NOT FOUND'} after ${Math.round(ms / 1_000)} s: ${name}`)
    },
    { atOnce: availableParallelism() },
  )
  expect(all.length).toBe(DEFECTS.length)
  const missed = all.filter(({ isFound }) => !isFound)
  expect(missed.map(({ name, told }) => `${name}: ${told}`)).toEqual([])
})
