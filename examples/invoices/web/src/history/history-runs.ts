import type { InvoiceItem } from './history-words.ts'

/** Changes that are read as one, the newest first, and their authors in the order in which they began. */
export type Run = {
  readonly items: readonly [InvoiceItem, ...InvoiceItem[]]
  readonly authors: readonly string[]
  /** All of them as one change. */
  readonly whole: InvoiceItem
}

/** Whoever pauses for longer begins anew. */
const PAUSE_MS = 10 * 60_000

/**
 * The changes of a history as a person reads them: what one or several people write into the notes without a longer
 * pause, which goes up by a few letters each, is one change.
 */
export function runsOf(items: readonly InvoiceItem[]): readonly Run[] {
  const runs: [InvoiceItem, ...InvoiceItem[]][] = []
  for (const item of items) {
    const run = runs.at(-1)
    const newer = run?.at(-1)
    if (run && newer && isWriting(newer) && isWriting(item) && newer.at - item.at <= PAUSE_MS) run.push(item)
    else runs.push([item])
  }
  return runs.map((run) => ({
    items: run,
    authors: [...new Set(run.toReversed().map(({ author }) => author))],
    whole: wholeOf(run),
  }))
}

function isWriting({ kind, external, refused, fields }: InvoiceItem): boolean {
  return kind === 'update' && !external && !refused && Object.keys(fields).join() === 'notes'
}

function wholeOf(run: readonly [InvoiceItem, ...InvoiceItem[]]): InvoiceItem {
  const [newest] = run
  const [before, after] = [run.at(-1)?.fields.notes, newest.fields.notes]
  if (run.length === 1 || !before || !after) return newest
  return {
    ...newest,
    committed: run.every(({ committed }) => committed),
    fields: { notes: { from: before.from, to: after.to } },
  }
}
