import type { WireError } from '../../../src/protocol/errors.ts'

/** The outcome of an edit, or of a step towards it. Errors carry a stable code and a sentence. */
export type EditResult =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly error: WireError }

/** Whether an edit is on disk: it then survives the page, the browser and the night. */
export type SaveResult = { readonly ok: true } | { readonly ok: false; readonly error: WireError }

/** An edit under way. Its promises resolve, whatever happens; they never reject. */
export type EditHandle = {
  /** The edit's number at this client; undefined when there was nothing to send. */
  readonly n: number | undefined
  /** On this device's disk. Without `persist` it resolves with the code `not-saved`. */
  readonly saved: Promise<SaveResult>
  /** Ordered and durable at the edge. */
  readonly accepted: Promise<EditResult>
  /** In Postgres. */
  readonly committed: Promise<EditResult>
  /**
   * Takes the edit back by another one, judged like any other: what it set is what it was, what it added is taken off,
   * what it made is deleted. It shows at once; where it takes a difference off, as of a counter, once the edit has been
   * accepted. Calling it again gives the same edit.
   */
  undo(options?: EditOptions): EditHandle
}

/** Options of an edit: how it is made durable. */
export type EditOptions = {
  /**
   * Postgres first: nobody sees the edit, its author included, before Postgres has it; then it is
   * accepted and committed at once. Later edits of this client wait behind it.
   */
  readonly durability: 'committed'
  /** Milliseconds, from 1 to a week, after which it is refused if Postgres does not have it. Default: never. */
  readonly deadlineMs?: number
}
