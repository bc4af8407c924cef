import { SETTLED, shownRow } from '../replica/shown-row.ts'
import type { Held, Shelf } from '../replica/view.ts'
import type { Kept } from './disk.ts'

type KeptRowsOfQuery = { readonly held: Held; readonly until: number }

/** The rows of earlier visits, and until when whoever had them had a right to them. */
export class KeptRows implements Shelf {
  readonly #rows: Map<string, KeptRowsOfQuery>
  readonly #taken = new Map<string, number>()
  readonly #mayShow: (until: number) => boolean

  constructor(views: Kept['views'], mayShow: (until: number) => boolean) {
    this.#rows = new Map(
      views.map(({ key, base, columns, resumeToken, until, rows }) => [
        key,
        {
          until,
          held: {
            base,
            columns,
            resumeToken,
            rows: new Map(rows.map((row) => [String(row['id']), shownRow(row, SETTLED)])),
          },
        },
      ]),
    )
    this.#mayShow = mayShow
  }

  take(key: string): { readonly held: Held; readonly mayShow: boolean } | undefined {
    const kept = this.#rows.get(key)
    if (!kept) return undefined
    // Asked for again, they would be older than what has been shown since.
    this.#rows.delete(key)
    this.#taken.set(key, kept.until)
    return { held: kept.held, mayShow: this.#mayShow(kept.until) }
  }

  /** Until when the rows that a query was given could be shown. */
  untilOf(key: string): number {
    return this.#taken.get(key) ?? 0
  }
}
