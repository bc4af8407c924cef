import process from 'node:process'
import { expect, it } from 'vitest'
import { crashUnderLoad } from '../../bench/crash/crash-under-load.ts'
import { startStack } from '../support/stack.ts'

const ROUNDS = 40

/** Edits of each of four clients between two kills: above 30,000 together. */
const ACCEPTED = [160, 240] as const

it('E2E-9 a process killed under load loses no acknowledged edit and applies none twice', async () => {
  await using stack = await startStack()
  const lines: string[] = []
  const report = (line: string) => void lines.push(line)
  const result = await crashUnderLoad(stack, { rounds: ROUNDS, seed: 1, accepted: ACCEPTED, report })
  const { rounds, acked, lost, doubled } = result
  process.stdout.write(
    `SIGKILL: ${rounds} rounds, ${acked} edits acknowledged, ${lost} lost, ${doubled} doubled\n`,
  )
  expect({ ...result, lines }).toMatchObject({ rounds: ROUNDS, lost: 0, doubled: 0 })
  expect(acked).toBeGreaterThanOrEqual(30_000)
}, 600_000)
