import type { PersistPort } from '../parts/persist.ts'
import type { Kept } from './disk.ts'
import type { Ledger } from './ledger.ts'
import { KeptRows } from './shelf.ts'

type Port = Pick<PersistPort, 'environment' | 'replica' | 'isOffline' | 'changed'>

/** The rows of earlier visits that a page shows, and until when it may. */
export class EarlierRows {
  readonly #port: Port
  readonly #graceMs: number
  #rows: KeptRows | undefined
  /** When the token ends that the client was let in with, in milliseconds since 1970. */
  tokenEndsAt = 0

  /** @param graceMs milliseconds after the end of the last token for which rows may be shown without a connection */
  constructor(port: Port, graceMs: number) {
    this.#port = port
    this.#graceMs = graceMs
  }

  /** Until when whoever has rows now has a right to them: a renewed token is known by its living on. */
  get rightsEnd(): number {
    return Math.max(this.tokenEndsAt, this.#port.environment.now())
  }

  /** Nothing of whoever used the page before is shown. */
  forget(): void {
    this.#rows = this.#port.replica.subscriptions.shelf = undefined
  }

  /** Rows and manifest, so that there is something to read and edit before the first connection. */
  show({ client: { epoch, cursor }, manifest, views }: Kept, ledger: Ledger): void {
    const { subscriptions } = this.#port.replica
    if (epoch === undefined || !manifest) return
    const rows = new KeptRows(views, (until) => this.#mayShow(until))
    this.#rows = rows
    subscriptions.shelf = {
      take: (key) => {
        const taken = rows.take(key)
        if (taken) ledger.isStored(key, taken.held)
        return taken
      },
    }
    subscriptions.restore({ epoch, cursor, manifest })
  }

  /** Shows what may be shown without a connection, where there is none. */
  told(): void {
    const rows = this.#rows
    if (!rows || !this.#port.isOffline()) return
    const { subscriptions } = this.#port.replica
    const waiting = [...subscriptions.views.values()].filter(
      ({ key, unproven }) => unproven && this.#mayShow(rows.untilOf(key)),
    )
    for (const view of waiting) subscriptions.prove(view)
    if (waiting.length > 0) this.#port.changed()
  }

  #mayShow(until: number): boolean {
    const now = this.#port.environment.now()
    return now < until || (this.#port.isOffline() && now < until + this.#graceMs)
  }
}
