import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one line, `N passed, N failed`, over every project. A file that could not be
 * loaded and an error outside any test count as failures, and so does a run without a test.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const passed = states.filter((state) => state === 'passed').length
    const broken = modules.filter((module) => module.errors().length > 0).length
    const failed = states.filter((state) => state !== 'passed').length + broken + unhandledErrors.length
    if (failed > 0 || passed === 0) process.exitCode = 1
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  }
}
