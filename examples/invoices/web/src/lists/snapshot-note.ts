/** The part of a query's state that a list tells in words. */
type Snapshot = {
  readonly status: 'loading' | 'ready' | 'error'
  readonly rows: { readonly length: number }
  readonly error?: { readonly message: string }
  readonly progress?: {
    readonly stage: 'loading' | 'receiving'
    readonly done: number
    readonly total: number
  }
}

/** What to tell while there is nothing to show, or when something is wrong. */
export function snapshotNote(
  { status, rows, error, progress }: Snapshot,
  things: string,
): string | undefined {
  if (error) return error.message
  if (status !== 'loading') return rows.length === 0 ? `No ${things} yet.` : undefined
  if (!progress) return `Loading ${things}…`
  const { stage, done, total } = progress
  return `${stage === 'loading' ? 'Loading' : 'Receiving'} ${done} of ${total} ${things}…`
}
