import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Store } from '../storage/store.ts'

/** The claim that a seal vouches for: this client was given this view of this log, and holds it since a seq. */
export type Grant = {
  readonly client: string
  readonly epoch: string
  readonly definition: string
  readonly since: number
}

/**
 * Seals what a client was given, so that it can prove it later. Whoever resumes a view that it was never
 * given, or that its rights have changed since, gets a snapshot, which shows no more than it may see.
 */
export class Seals {
  readonly #store: Store
  readonly #newId: () => string
  #secret: string | undefined

  /** @param newId makes names that nobody guesses */
  constructor(store: Store, newId: () => string) {
    this.#store = store
    this.#newId = newId
  }

  seal(grant: Grant): string {
    return `${grant.since}.${this.#sign(grant)}`
  }

  /** The seq since which the client holds the view; undefined if the seal does not prove it. */
  open(seal: string, grant: Omit<Grant, 'since'>): number | undefined {
    const since = Number(seal.split('.')[0])
    if (!Number.isSafeInteger(since)) return undefined
    const bytes = new TextEncoder()
    const [given, right] = [bytes.encode(seal), bytes.encode(this.seal({ ...grant, since }))]
    return given.length === right.length && timingSafeEqual(given, right) ? since : undefined
  }

  #sign({ client, epoch, definition, since }: Grant): string {
    this.#secret ??= this.#readSecret()
    const text = JSON.stringify([client, epoch, definition, since])
    return createHmac('sha256', this.#secret).update(text).digest('base64url')
  }

  #readSecret(): string {
    const stored = this.#store.facts.get('seal')
    if (stored !== undefined) return stored
    const secret = this.#newId() + this.#newId()
    this.#store.transaction((txn) => txn.putFact('seal', secret))
    return secret
  }
}
