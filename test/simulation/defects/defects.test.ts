import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { DEFECTS } from './defects.ts'
import { findDefects } from './find-defects.ts'

/** One of each part of the product, found within seconds; `npm run proof` plants all. */
const FEW: readonly string[] = [
  'a repeated edit is taken again',
  'every author has seen everything',
  'external changes are passed over',
  'an undone edit is not told',
  'leaves are not applied',
]

it('SIM-3 defects that are planted in the product are found', async () => {
  const defects = DEFECTS.filter(({ name }) => FEW.includes(name))
  const all = await findDefects(undefined, { defects })
  expect(all.map(({ name }) => name).toSorted()).toEqual(FEW.toSorted())
  const missed = all.filter(({ isFound }) => !isFound)
  expect(missed.map(({ name, told }) => `${name}: ${told}`)).toEqual([])
})

it('SIM-3 each planted defect has its place in the source, once, and a name of its own', async () => {
  const places = await Promise.all(
    DEFECTS.map(async ({ name, file, find, put }) => ({
      name,
      times: (await readFile(file, 'utf8')).split(find).length - 1,
      changes: find !== put,
    })),
  )
  expect(places.filter(({ times, changes }) => times !== 1 || !changes)).toEqual([])
  expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length)
})
