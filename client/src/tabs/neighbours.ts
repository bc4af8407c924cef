/** A lock that was asked for. */
export type Asked = {
  /** Resolves with how to give it away, once it is held; with undefined where it was not to be had, or no more wanted. */
  readonly held: Promise<(() => void) | undefined>
  /** Is not wanted any more; one that is held stays so. */
  cancel(): void
}

/**
 * The means of the pages of one browser to know of each other:
 *
 * - A lock of a name is held by one page at a time. That of a page that is gone is free.
 * - `try` has it at once or not at all; `wait` in its turn; `steal` takes it from whoever holds it, who hears `lost`.
 * - What is posted in a channel all other pages hear that have it open, in the order of each of them.
 */
export type Neighbours = {
  lock(name: string, how: 'try' | 'wait' | 'steal', lost?: () => void): Asked
  channel(name: string, heard: (message: unknown) => void): Channel
  /** Calls when the page is about to be put to sleep, or is left. Returns how to stop. */
  onSleep(run: () => void): () => void
}

export type Channel = {
  post(message: unknown): void
  close(): void
}
