import type { Aside } from '../../../src/protocol/down/aside.ts'
import type { AsideRecord } from '../api/types.ts'

/** The records that the database holds and nobody can be shown, as far as the server has told. */
export class Asides {
  readonly #reasons = new Map<string, Map<string, string>>()
  readonly #lists = new Map<string, readonly AsideRecord[]>()

  told({ collection, records }: Aside): void {
    const reasons = this.#reasons.get(collection) ?? new Map<string, string>()
    for (const [id, reason] of records) {
      if (reason === null) reasons.delete(id)
      else reasons.set(id, reason)
    }
    this.#reasons.set(collection, reasons)
    const list = [...reasons].map(([id, reason]) => Object.freeze({ id, reason }))
    if (list.length > 0) this.#lists.set(collection, Object.freeze(list))
    else this.#lists.delete(collection)
  }

  /** A new connection is told anew. */
  forget(): void {
    this.#reasons.clear()
    this.#lists.clear()
  }

  /** Why a record cannot be shown; undefined for any other. */
  reasonOf(collection: string, id: string): string | undefined {
    return this.#reasons.get(collection)?.get(id)
  }

  /** Those of a collection: the same list until it changes; undefined when there are none. */
  of(collection: string): readonly AsideRecord[] | undefined {
    return this.#lists.get(collection)
  }
}
