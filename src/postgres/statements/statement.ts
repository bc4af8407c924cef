/** One statement with its parameters. */
export type Statement = {
  readonly text: string
  readonly params: readonly (string | number | null)[]
  /** Settings of Postgres that hold for this statement alone. */
  readonly settings?: Readonly<Record<string, string>>
  /** Set for a statement of which every part has to see the same moment. */
  readonly isolation?: 'RepeatableRead'
}
