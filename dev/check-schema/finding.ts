/** What `npm run check:schema` has to say of one place, such as a column. */
export type Finding = {
  /** `stop`: a deploy would break something. `fine`: it is seen, and goes by itself. */
  readonly level: 'stop' | 'fine'
  /** A collection, or a column of one; a table of Postgres where no collection is meant. */
  readonly place: string
  readonly message: string
}

export const stop = (place: string, message: string): Finding => ({ level: 'stop', place, message })
export const fine = (place: string, message: string): Finding => ({ level: 'fine', place, message })

/** The findings as lines, the severe ones first. */
export function toLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ['nothing to do']
  const ordered = [...withLevel(findings, 'stop'), ...withLevel(findings, 'fine')]
  return ordered.map(({ level, place, message }) => `${level}  ${place}: ${message}`)
}

export function withLevel(findings: readonly Finding[], level: Finding['level']): Finding[] {
  return findings.filter((finding) => finding.level === level)
}
