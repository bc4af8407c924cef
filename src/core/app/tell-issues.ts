/** A fault that a schema library finds in a value, in the form that Standard Schema gives it. */
export type Issue = {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The name of what an issue is about, such as `role` or `team.name`; undefined where it is about the whole. */
export function placeOf({ path }: Issue): string | undefined {
  if (!path || path.length === 0) return undefined
  return path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
}

/** The issues in one line. */
export function tellIssues(issues: readonly Issue[]): string {
  return issues.map((issue) => `${placeOf(issue) ?? 'claims'}: ${issue.message}`).join('; ')
}
