import process from 'node:process'

/** The voice of a command: lines for people, or one line of JSON for programs. */
export type Output = {
  /** A line for people. With `--json` it goes beside, where it is in nobody's way. */
  say(line: string): void
  /** What came of it, once: in words, or as JSON. */
  result(lines: readonly string[], value: unknown): void
}

export function outputFor(json: boolean): Output {
  return {
    say: (line) => void (json ? process.stderr : process.stdout).write(`${line}\n`),
    result(lines, value) {
      const told = json ? [JSON.stringify(value)] : lines
      process.stdout.write(told.map((line) => `${line}\n`).join(''))
    },
  }
}
