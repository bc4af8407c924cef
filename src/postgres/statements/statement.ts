/** One statement with its parameters. */
export type Statement = {
  readonly text: string
  readonly params: readonly (string | number | null)[]
  /** Settings of Postgres that hold for this statement alone. */
  readonly settings?: Readonly<Record<string, string>>
  /** Set for a statement of which every part has to see the same moment. */
  readonly isolation?: 'RepeatableRead'
}

/**
 * The same statement in a transaction that names its tenant. The policies of Postgres let the Worker's role at the
 * rows of this one only, so a condition that a statement lacks shows nobody another tenant's.
 */
export function ofTenant(tenant: string, statement: Statement): Statement {
  return { ...statement, settings: { ...statement.settings, 'tidemark.tenant': tenant } }
}
