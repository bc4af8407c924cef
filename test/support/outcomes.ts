import { expect } from 'vitest'
import type { EditHandle, EditResult } from '../../client/src/index.ts'
import type { Stack } from './stack.ts'

/** Waits until every edit is in Postgres. */
export async function expectCommitted(edits: readonly EditHandle[]): Promise<void> {
  const outcomes = await Promise.all(edits.map(({ committed }) => committed))
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
}

/** Waits until every edit is accepted. */
export async function expectAccepted(edits: readonly EditHandle[]): Promise<void> {
  const outcomes = await Promise.all(edits.map(({ accepted }) => accepted))
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
}

/** The code with which each edit ended, or `ok`. */
export async function outcomesOf(edits: readonly EditHandle[]): Promise<string[]> {
  const outcomes = await Promise.all(edits.map(({ committed }) => committed))
  return outcomes.map((outcome: EditResult) => (outcome.ok ? 'ok' : outcome.error.code))
}

/** Postgres has each edit of each client once. */
export async function expectNothingTwice(stack: Stack): Promise<void> {
  const twice = await stack.sql(
    'SELECT actor, n FROM tidemark.history GROUP BY tenant_id, actor, n HAVING count(*) > 1',
  )
  expect(twice).toEqual([])
}
