import type * as v from 'valibot'

/** Names that a path may have: those of the schemas. Any other key of a frame is what a peer made up. */
type Names = ReadonlySet<string>

const namesOf = new WeakMap<object, Names>()

/**
 * Text of what is wrong with a frame, by its schema alone: what was expected, and where. Nothing that was received is
 * part of it, because it goes into logs, and a token may be in a frame that is wrong.
 */
export function issueText(schema: object, issue: v.BaseIssue<unknown>): string {
  const expected = issue.expected === null ? `what fits (${issue.type})` : issue.expected
  return `expected ${expected} at ${placeOf(schema, issue)}`
}

function placeOf(schema: object, { path }: v.BaseIssue<unknown>): string {
  const names = namesOf.get(schema) ?? collect(schema)
  const keys = path?.map(({ key }) =>
    typeof key === 'number' || (typeof key === 'string' && names.has(key)) ? String(key) : '?',
  )
  return keys?.join('.') ?? 'the top'
}

/** Collects the names of all fields in a schema, once. */
function collect(schema: object): Names {
  const names = new Set<string>()
  const seen = new Set<object>()
  const waiting: unknown[] = [schema]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if ('entries' in next && typeof next.entries === 'object' && next.entries !== null)
      for (const name of Object.keys(next.entries)) names.add(name)
    waiting.push(...Object.values(next))
  }
  namesOf.set(schema, names)
  return names
}
