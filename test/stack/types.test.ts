import { expect, it } from 'vitest'
import { runTypes } from '../acceptance/types/run.ts'

it('COL-1 every value of every type is the same in Postgres, in the object and on a page, on every way, or is refused', async () => {
  const { differences, refused } = await runTypes(() => undefined)
  expect(differences).toEqual([])
  expect(refused).toBeGreaterThan(0)
})
