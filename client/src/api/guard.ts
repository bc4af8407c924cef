/**
 * Runs code of the application. What it throws, at once or by the promise it returns, goes to whoever
 * wants to hear of it and nowhere else: it is no fault of the client's, and nothing here may depend on it.
 */
export type Guard = (run: () => unknown) => void

/**
 * @param hears the application's own ear, if it has one
 * @param report where exceptions of nobody go
 */
export function guardFor(
  hears: ((thrown: unknown) => unknown) | undefined,
  report: (thrown: unknown) => void,
): Guard {
  const heard = hears ? (thrown: unknown) => guarded(() => hears(thrown), report) : report
  return (run) => guarded(run, heard)
}

function guarded(run: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const result = run()
    if (result !== undefined) Promise.resolve(result).catch(failed)
  } catch (thrown) {
    failed(thrown)
  }
}

/** The sentence of an exception. Anything can be thrown, also what cannot be made a text of. */
export function sentenceOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'no reason was given'
  }
}
