import type { Db } from '../../dev/invoices/person.ts'

/** The contact whose name tells the number of the last edit that changed it. */
export const TICKER = 'ticker'

/** What somebody was shown of numbered edits. */
export type Witness = {
  /** How often each edit was shown. */
  readonly shown: ReadonlyMap<number, number>
  /** How many edits were shown after later ones, or again. */
  readonly late: number
  stop(): void
}

/**
 * Watches the contacts of somebody. Each edit either adds the contact `n<number>` or gives the ticker its number;
 * those of the ticker may be shown as one.
 */
export function watchEdits(db: Db): Witness {
  const shown = new Map<number, number>()
  let newest = -1
  let late = 0
  const stop = db.contacts.all().subscribe(({ changes }) => {
    // What one interval brings has no order in itself.
    const before = newest
    for (const change of changes) {
      if (change.type === 'delete') continue
      const number = numberOf(change.row)
      if (number === undefined) continue
      shown.set(number, (shown.get(number) ?? 0) + 1)
      if (number <= before) late += 1
      newest = Math.max(newest, number)
    }
  })
  return {
    shown,
    get late() {
      return late
    },
    stop,
  }
}

function numberOf({ id, name }: { id: string; name: string }): number | undefined {
  const number = Number(id === TICKER ? name : /^n(\d+)$/.exec(id)?.[1])
  return Number.isNaN(number) ? undefined : number
}
