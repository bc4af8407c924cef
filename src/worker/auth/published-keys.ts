import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import * as v from 'valibot'

/** A key set is fetched again after so long, in ms, so that a key that was taken back stops counting. */
const FRESH_MS = 600_000

/** Keys of a provider that does not answer are believed for so long after it last did, in ms. */
export const STALE_MS = 86_400_000

/** A key id that is not among the keys has them fetched again at most this often, in ms, also after a failure. */
export const COOLDOWN_MS = 30_000

/** With no key at all nobody gets in, so the next try comes sooner, in ms. */
const EMPTY_COOLDOWN_MS = 1_000

/** Milliseconds that a provider has for its answer. */
const DEADLINE_MS = 5_000

/** Milliseconds between two looks whether somebody else's fetch has brought what one waits for. */
const LOOK_EVERY_MS = 20

/** A JSON Web Key Set, as far as finding a key in it needs. */
const keySetSchema = v.object({ keys: v.array(v.looseObject({ kty: v.string() })) })

/** The means of a key set: how it is fetched, the time in ms since 1970, and a way to wait. */
export type KeySource = {
  /** Throws when no key set comes within `deadlineMs`. */
  readonly fetch: (deadlineMs: number) => Promise<unknown>
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
}

/** Thrown when it is the provider that does not answer: the token may be a good one. */
export class ProviderAway extends Error {
  override readonly name = 'ProviderAway'
  /** Milliseconds after which another try may come further. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('the identity provider does not answer')
    this.retryAfterMs = retryAfterMs
  }
}

type Held = { readonly keys: JWTVerifyGetKey; readonly at: number }

/**
 * The keys that an identity provider publishes, kept as long as they may be believed.
 *
 *   fetched --10 min--> fetched again, and those known count meanwhile --24 h without an answer--> nobody gets in
 *
 * One fetch at a time: whoever needs its outcome looks for it every now and then, because a promise of one request may
 * not be waited for in another, and whoever began a fetch may be gone before its end.
 */
export class PublishedKeys {
  readonly #source: KeySource
  #held: Held | undefined
  /** When the fetch under way began; undefined while there is none. Times are ms since 1970. */
  #fetchingSince: number | undefined
  #triedAt = Number.NEGATIVE_INFINITY
  #lastFailed = false

  constructor(source: KeySource) {
    this.#source = source
  }

  /** Finds the key of a token, as `jwtVerify` asks for it. Throws `ProviderAway` where it cannot be told. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const held = await this.#believable()
    try {
      return await held.keys(header, token)
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown
      const newer = await this.#after(held)
      if (newer !== held) return newer.keys(header, token)
      if (this.#lastFailed) throw new ProviderAway(this.#coolMs())
      throw thrown
    }
  }

  /** The keys to begin with: fetched where there are none, or none that count. */
  async #believable(): Promise<Held> {
    const held = this.#held
    const age = held ? this.#source.now() - held.at : Number.POSITIVE_INFINITY
    if (held && age < FRESH_MS) return held
    const newer = await this.#after(held, held && age < STALE_MS ? 'use-known' : 'wait')
    if (newer && this.#source.now() - newer.at < STALE_MS) return newer
    throw new ProviderAway(this.#coolMs())
  }

  /** The keys once they were fetched again, unless that may not be yet, or came to nothing. */
  async #after(known: Held, patience?: 'wait'): Promise<Held>
  async #after(known: Held | undefined, patience?: 'wait' | 'use-known'): Promise<Held | undefined>
  async #after(known: Held | undefined, patience = 'wait'): Promise<Held | undefined> {
    // No step between the look and the fetch, in which another could begin one.
    while (patience === 'wait' && this.#isFetching) await this.#source.pause(LOOK_EVERY_MS)
    // Whoever fetched meanwhile did it for all.
    if (this.#held !== known) return this.#held ?? known
    if (this.#isFetching || this.#coolMs() > 0) return known
    await this.#fetch()
    return this.#held ?? known
  }

  /** One that was begun by somebody who is gone may never end: after its deadline it does not count. */
  get #isFetching(): boolean {
    const since = this.#fetchingSince
    return since !== undefined && this.#source.now() - since < 2 * DEADLINE_MS
  }

  /** Milliseconds until the keys may be fetched again; 0 when they may. */
  #coolMs(): number {
    const held = this.#held
    const { now } = this.#source
    const counts = held !== undefined && now() - held.at < STALE_MS
    return Math.max(0, this.#triedAt + (counts ? COOLDOWN_MS : EMPTY_COOLDOWN_MS) - now())
  }

  async #fetch(): Promise<void> {
    const { fetch, now } = this.#source
    this.#fetchingSince = this.#triedAt = now()
    try {
      const set = v.parse(keySetSchema, await fetch(DEADLINE_MS))
      this.#held = { keys: createLocalJWKSet(set), at: now() }
      this.#lastFailed = false
    } catch {
      this.#lastFailed = true
    } finally {
      this.#fetchingSince = undefined
    }
  }
}

const sets = new Map<string, PublishedKeys>()

/** The keys at an address, held for all requests of this isolate. */
export function publishedKeys(url: string): PublishedKeys {
  const known = sets.get(url)
  if (known) return known
  const fresh = new PublishedKeys({
    fetch: async (deadlineMs) => {
      const response = await fetch(url, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        // One that leads elsewhere is not followed: it is no answer.
        redirect: 'manual',
        signal: AbortSignal.timeout(deadlineMs),
      })
      if (!response.ok) throw new Error(`the key set was answered with ${response.status}`)
      return response.json()
    },
    now: Date.now,
    pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  })
  sets.set(url, fresh)
  return fresh
}
