import { expect, it } from 'vitest'
import { findDefects } from './find-defects.ts'

it('SIM-3 defects that are planted in the product are found', async () => {
  const missed = (await findDefects()).filter(({ isFound }) => !isFound)
  expect(missed.map(({ name, told }) => `${name}: ${told}`)).toEqual([])
}, 900_000)
