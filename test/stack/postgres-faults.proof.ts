import process from 'node:process'
import { expect, it } from 'vitest'
import { blurCommits } from '../../bench/faults/blur-commits.ts'
import { killPostgres } from '../../bench/faults/kill-postgres.ts'
import { startFaultEndpoint } from '../support/fault-endpoint.ts'
import { startStack } from '../support/stack.ts'

const KILLS = 12
const COMMITS = 100

const NOTHING_WRONG = { unresolved: 0, refused: 0, lost: 0, doubled: 0 }

const tell = (line: string) => void process.stdout.write(`${line}\n`)

it('E2E-33 a Postgres that is killed under load again and again has every edit once', async () => {
  await using stack = await startStack()
  const result = await killPostgres(stack, { kills: KILLS, seed: 1, report: () => {} })
  tell(`Postgres: ${KILLS} kills, ${result.edits} edits, ${result.lost} lost, ${result.doubled} doubled`)
  expect(result).toMatchObject(NOTHING_WRONG)
  expect(result.edits).toBeGreaterThan(KILLS)
}, 300_000)

it('E2E-34 commits under load that the object does not hear of, or asks for twice, take effect once', async () => {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({ faults })
  const result = await blurCommits({ stack, faults }, { commits: COMMITS, seed: 1, report: () => {} })
  const { injected, edits, lost, doubled } = result
  tell(`Postgres: ${injected} ambiguous commits, ${edits} edits, ${lost} lost, ${doubled} doubled`)
  expect(result).toMatchObject(NOTHING_WRONG)
  expect(injected).toBeGreaterThanOrEqual(COMMITS)
}, 300_000)
