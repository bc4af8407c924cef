/**
 * The manuscript of a text that several write: beside the plain text in its row, the object alone keeps it. It never
 * changes; a later one is another value.
 */
export type Manuscript = {
  /** Names what it was made from, and where: updates are only of use to the manuscript that they were made on. */
  readonly lineage: string
  /** All of it up to `tail`, as one update of Yjs, and the updates since. In base64. */
  readonly base: string
  readonly tail: readonly string[]
  /** Whose the ids of Yjs are that have written in it: actors, by id. */
  readonly writers: Readonly<Record<string, string>>
}
