import { expect, it } from 'vitest'
import { progressOf } from '../support/progress.ts'
import { surviveKills } from './survive.ts'

const ROUNDS = 40

/** Edits of each of four clients between two kills: above 30,000 together. */
const ACCEPTED = [160, 240] as const

it('E2E-9 a process killed under load loses no acknowledged edit and applies none twice', async (context) => {
  const acked = await surviveKills(ROUNDS, ACCEPTED, progressOf(context, 'kills'))
  expect(acked).toBeGreaterThanOrEqual(30_000)
})
