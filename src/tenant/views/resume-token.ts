import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Store } from '../storage/store.ts'

/** The claim that a resume token vouches for: this client was given this view of this log, and holds it since a seq. */
export type Grant = {
  readonly client: string
  readonly epoch: string
  readonly definition: string
  readonly since: number
}

/**
 * Vouches for what a client was given, so that it can prove it later. Whoever resumes a view that it was never
 * given, or that its rights have changed since, gets a snapshot, which shows no more than it may see.
 */
export class ResumeTokens {
  readonly #store: Store
  readonly #newId: () => string
  #secret: string | undefined

  /** @param newId makes names that nobody guesses */
  constructor(store: Store, newId: () => string) {
    this.#store = store
    this.#newId = newId
  }

  issue(grant: Grant): string {
    return `${grant.since}.${this.#sign(grant)}`
  }

  /** The seq since which the client holds the view; undefined if the resume token does not prove it. */
  verify(token: string, grant: Omit<Grant, 'since'>): number | undefined {
    const since = Number(token.split('.')[0])
    if (!Number.isSafeInteger(since)) return undefined
    const bytes = new TextEncoder()
    const [given, right] = [bytes.encode(token), bytes.encode(this.issue({ ...grant, since }))]
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
