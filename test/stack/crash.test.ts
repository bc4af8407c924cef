import { expect, it } from 'vitest'
import { crashUnderLoad } from '../../bench/crash/crash-under-load.ts'
import { startStack } from '../support/stack.ts'

it('E2E-9 a process killed under load loses no acknowledged edit and applies none twice', async () => {
  await using stack = await startStack()
  const lines: string[] = []
  const result = await crashUnderLoad(stack, { rounds: 3, seed: 1, report: (line) => lines.push(line) })
  expect({ ...result, lines }).toMatchObject({ rounds: 3, lost: 0, doubled: 0 })
  expect(result.acked).toBeGreaterThan(0)
})
