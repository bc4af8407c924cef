import { execFileSync } from 'node:child_process'
import { drawScript, type Happening } from './script.ts'
import type { Failure } from './shrink.ts'

/** Of a course that is longer only the length is told. */
const TOLD_HAPPENINGS = 30

/** A failure in words: what happened, on which code, and the command that repeats it. */
export function tellFailure({ plan, violation }: Failure, what: string): string {
  const script = drawScript(plan)
  const course = script.length <= TOLD_HAPPENINGS ? script.map(lineOf) : [`  ${script.length} happenings`]
  return [
    `seed ${plan.seed} at ${commit()} ${what}: ${violation}`,
    ...course,
    `npm run simulate -- --plan '${JSON.stringify(plan)}'`,
  ].join('\n')
}

/** What the checkout stands at. */
export function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
}

function lineOf({ at, tenant, person, what }: Happening): string {
  return `  ${at} ms: ${what} of ${person === undefined ? tenant : `${person} in ${tenant}`}`
}
