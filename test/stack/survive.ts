import process from 'node:process'
import { expect } from 'vitest'
import { startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { crashUnderLoad } from '../acceptance/crash/crash-under-load.ts'
import { blurCommits } from '../acceptance/faults/blur-commits.ts'
import { killPostgres } from '../acceptance/faults/kill-postgres.ts'
import { startStack } from '../support/stack.ts'

type Progress = (done: number, of: number) => void

const NOTHING_WRONG = { unresolved: 0, refused: 0, lost: 0, doubled: 0 }

const tell = (line: string) => void process.stdout.write(`${line}\n`)

/** Kills the Worker under load, so many rounds; returns how many edits were acknowledged. */
export async function surviveKills(
  rounds: number,
  accepted: readonly [low: number, high: number],
  progress: Progress = () => {},
): Promise<number> {
  await using stack = await startStack()
  const lines: string[] = []
  const report = (line: string) => {
    lines.push(line)
    progress(lines.length, rounds)
  }
  const result = await crashUnderLoad(stack, { rounds, seed: 1, accepted, report })
  const { acked, lost, doubled } = result
  tell(`SIGKILL: ${rounds} rounds, ${acked} edits acknowledged, ${lost} lost, ${doubled} doubled`)
  expect({ ...result, lines }).toMatchObject({ rounds, lost: 0, doubled: 0 })
  return acked
}

/** Kills Postgres under load, so many times. */
export async function survivePostgresKills(kills: number, progress: Progress = () => {}): Promise<void> {
  await using stack = await startStack()
  const result = await killPostgres(stack, { kills, seed: 1, report: () => {}, progress })
  tell(`Postgres: ${kills} kills, ${result.edits} edits, ${result.lost} lost, ${result.doubled} doubled`)
  expect(result).toMatchObject(NOTHING_WRONG)
  expect(result.edits).toBeGreaterThan(kills)
}

/** Makes so many commits ambiguous under load. */
export async function surviveBlurs(commits: number, progress: Progress = () => {}): Promise<void> {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({ faults })
  const result = await blurCommits({ stack, faults }, { commits, seed: 1, report: () => {}, progress })
  const { injected, edits, lost, doubled } = result
  tell(`Postgres: ${injected} ambiguous commits, ${edits} edits, ${lost} lost, ${doubled} doubled`)
  expect(result).toMatchObject(NOTHING_WRONG)
  expect(injected).toBeGreaterThanOrEqual(commits)
}
