import type { LostRow } from './lost-row.ts'

/** All that lost in one field of one record, or to one kind of deletion; the newest first, and never nothing. */
export type Folded = {
  readonly key: string
  readonly rows: readonly [LostRow, ...LostRow[]]
}

/** The policies of a record as a whole begin so. */
const WHOLE = 'deletes-'

/**
 * The losing values by what they are about, each in exactly one place: those of one field together, and those that
 * one record's deletion has cost together, or has cost a deletion. What lost last comes first.
 */
export function fold(rows: readonly LostRow[]): Folded[] {
  const byKey = new Map<string, [LostRow, ...LostRow[]]>()
  for (const row of newestFirst(rows)) {
    const key = keyOf(row)
    const known = byKey.get(key)
    if (known) known.push(row)
    else byKey.set(key, [row])
  }
  return [...byKey].map(([key, group]) => ({ key, rows: group }))
}

/** Whether a losing value is about its record as a whole. */
export function isWhole({ field, policy }: Pick<LostRow, 'field' | 'policy'>): boolean {
  return field === null || policy.startsWith(WHOLE)
}

function keyOf(row: LostRow): string {
  const { collection, record, field } = row
  const about = field === null ? ['kept'] : isWhole(row) ? ['gone'] : [null, field]
  return JSON.stringify([collection, record, ...about])
}

/** Places count within one log only. Of several logs the one that is named last in time is the newest. */
function newestFirst(rows: readonly LostRow[]): LostRow[] {
  const latest = new Map<string, string>()
  for (const { epoch, at } of rows) if (at > (latest.get(epoch) ?? '')) latest.set(epoch, at)
  return [...rows].sort(
    (a, b) =>
      falling(latest.get(a.epoch) ?? '', latest.get(b.epoch) ?? '') ||
      falling(a.epoch, b.epoch) ||
      b.seq - a.seq ||
      falling(b.id, a.id),
  )
}

function falling(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? 1 : -1
}
