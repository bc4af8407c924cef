import { UsageError } from './usage-error.ts'

/** What went wrong and what to do about it, for whoever started the stack. */
export function explainFailure(error: unknown): string {
  if (error instanceof UsageError) return error.message
  const message = error instanceof Error ? error.message : String(error)
  return `The local stack did not start.\n${message}`
}
