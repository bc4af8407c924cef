import type { App } from '../../examples/invoices/sync.ts'
import { type Stack as StackOf, startStack as startStackOf } from '../harness/stack.ts'
import { INVOICES, type PersonName } from './application.ts'

/** A whole system of real processes that runs the invoicing example. */
export type Stack = StackOf<App, PersonName>

/** Starts one, with an empty database. */
export function startStack(options: Parameters<typeof startStackOf>[1] = {}): Promise<Stack> {
  return startStackOf(INVOICES, options)
}
