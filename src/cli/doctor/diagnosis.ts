/** One thing that was looked at: it is good, or bad with the way out, or it could not be looked at. */
export type Diagnosis = {
  readonly is: 'good' | 'bad' | 'unknown'
  readonly what: string
  /** What to do, where something is to be done. */
  readonly mend?: string
}

export const good = (what: string): Diagnosis => ({ is: 'good', what })
export const bad = (what: string, mend: string): Diagnosis => ({ is: 'bad', what, mend })
export const unknown = (what: string, mend: string): Diagnosis => ({ is: 'unknown', what, mend })

const SIGNS = { good: 'ok     ', bad: 'BAD    ', unknown: 'unknown' } as const

export function toLines(found: readonly Diagnosis[]): string[] {
  const lines = found.flatMap(({ is, what, mend }) => [
    `${SIGNS[is]}  ${what}`,
    ...(mend === undefined ? [] : [`         ${mend}`]),
  ])
  const ill = found.filter(({ is }) => is === 'bad').length
  return [...lines, ill === 0 ? 'Nothing is wrong that could be looked at.' : `${ill} to mend.`]
}
