/**
 * A file that texts are appended to, a line each: the second place for edits that a server may not have. A browser that
 * is killed while it saves may come back with an empty database; the file is still there.
 */
export type SecondCopy = {
  /** The lines there are, the oldest first. One that was cut off by a kill is not among them. */
  read(): Promise<readonly string[]>
  /** Resolves once they are on the disk. */
  append(lines: readonly string[]): Promise<void>
  /** Empties it. */
  clear(): Promise<void>
  close(): void
}

/** The copies of people, one each. */
export type SecondCopies = {
  /** Rejects where there is none to be had. */
  open(owner: string): Promise<SecondCopy>
  remove(owner: string): Promise<void>
}
