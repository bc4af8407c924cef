import { type Stack as StackOf, startStack as startStackOf } from '../../dev/harness/stack.ts'
import { BOARD, type PersonName } from '../fixtures/board/application.ts'
import type { App } from '../fixtures/board/sync.ts'

/** A whole system of real processes that runs the board. */
export type Stack = StackOf<App, PersonName>

/** Starts one, with an empty database. */
export function startStack(options: Parameters<typeof startStackOf>[1] = {}): Promise<Stack> {
  return startStackOf(BOARD, options)
}
