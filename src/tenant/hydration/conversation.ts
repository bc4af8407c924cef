import { type Claiming, claimLedger } from '../upstream/claim-ledger.ts'
import type { Drain } from '../upstream/drain.ts'
import { type TellingManifest, tellManifest } from './change-schema.ts'
import type { Hydration } from './hydrate.ts'

/** The means to speak with Postgres, and of what. */
type Speaking = Claiming &
  TellingManifest & {
    readonly drain: Drain
    readonly hydration: Hydration
    readonly lifecycle: { readonly legal: { readonly loads: boolean } }
  }

/**
 * The one conversation with Postgres: what is missing is loaded, then what waits is sent, and a log that had to be
 * left behind is followed by loading anew. What is not legal now is not begun.
 */
export class Conversation {
  readonly #parts: Speaking
  #claim: Promise<boolean> | undefined

  constructor(parts: Speaking) {
    this.#parts = parts
  }

  /** Claims the ledger for a log that has not got it. Returns whether Postgres has given it. */
  async claim(): Promise<boolean> {
    if (!this.#parts.lifecycle.legal.loads) return false
    this.#claim ??= claimLedger(this.#parts).finally(() => {
      this.#claim = undefined
    })
    return this.#claim
  }

  /** Loads what is missing, and goes on from there. */
  async load(): Promise<void> {
    const { hydration } = this.#parts
    await hydration.start()
    await this.send()
    await tellManifest(this.#parts)
  }

  /** Loads what is missing, and nothing more. */
  async hydrate(): Promise<void> {
    await this.#parts.hydration.start()
  }

  /** Sends what waits, or waits for what is under way. */
  async send(): Promise<void> {
    if ((await this.#parts.drain.start()) === 'begun-anew') void this.load()
  }

  /**
   * Polls for external changes: at once, or right after the call that is under way.
   *
   * @returns whether everything that was there when it was called has been taken
   */
  async poll(): Promise<boolean> {
    const { drain } = this.#parts
    drain.want()
    await this.send()
    return !drain.isWanted
  }

  /** The first client is here: finds out what happened in Postgres while nobody was. */
  async lookAround(): Promise<void> {
    await this.poll()
    await tellManifest(this.#parts)
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    // Whoever claims hears of a failure.
    await Promise.allSettled([this.#claim])
    await this.#parts.hydration.idle()
    await this.#parts.drain.idle()
  }
}
