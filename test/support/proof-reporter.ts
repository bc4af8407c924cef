import process from 'node:process'
import type { Reporter, TestCase } from 'vitest/node'

/** Milliseconds between two lines for a test that runs. */
const PACE_MS = 5_000

type Running = { readonly begun: number; progress: string }

/** Says every few seconds what of the proof runs, how far it is, and how long it may take; and what a failure was. */
export default class ProofReporter implements Reporter {
  readonly #running = new Map<TestCase, Running>()
  readonly #begun = performance.now()
  #pace: ReturnType<typeof setInterval> | undefined
  #done = 0

  onTestRunStart(): void {
    say('The proof takes some twenty minutes on two quiet cores.')
    this.#pace = setInterval(() => {
      for (const [test, running] of this.#running) say(this.#tell(test, running))
    }, PACE_MS)
  }

  onTestCaseReady(test: TestCase): void {
    this.#running.set(test, { begun: performance.now(), progress: '' })
    say(`${test.name}: begins`)
  }

  onTestCaseAnnotate(test: TestCase, { message, type }: { message: string; type: string }): void {
    const running = this.#running.get(test)
    if (running && type === 'progress') running.progress = message
    else say(`  ${message}`)
  }

  onTestCaseResult(test: TestCase): void {
    const { begun } = this.#running.get(test) ?? { begun: performance.now() }
    this.#running.delete(test)
    this.#done += 1
    const { state, errors } = test.result()
    say(`${test.name}: ${state} after ${inWords(performance.now() - begun)} (${this.#done} done)`)
    for (const { stack, message } of errors ?? []) say(stack ?? message)
  }

  onTestRunEnd(
    modules: readonly { errors(): readonly { message: string }[] }[],
    unhandled: readonly { message: string }[],
  ): void {
    clearInterval(this.#pace)
    const outside = [...modules.flatMap((module) => module.errors()), ...unhandled]
    for (const { message } of outside) say(message)
    say(`The proof took ${inWords(performance.now() - this.#begun)}.`)
  }

  #tell({ name }: TestCase, { begun, progress }: Running): string {
    const id = name.split(' ')[0]
    const spent = performance.now() - begun
    const [, done, of] = /^(\d+) of (\d+)/.exec(progress) ?? []
    const left = Number(done) > 0 ? (spent * (Number(of) - Number(done))) / Number(done) : undefined
    const far = progress === '' ? 'runs' : progress
    return `${id}: ${far}, after ${inWords(spent)}${left === undefined ? '' : `, about ${inWords(left)} to go`}`
  }
}

const say = (line: string) => void process.stdout.write(`proof  ${line}\n`)

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
