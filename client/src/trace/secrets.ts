/** Tokens that are told apart; of more, the oldest is forgotten. */
const MAX_TOKENS = 16

/** Characters below which a text is a word that stands for a token in a test, and is not looked for in others. */
const SHORTEST = 16

/** The tokens that a client was given: known here so that they are in nothing that is written down. */
export class Secrets {
  readonly #numbers = new Map<string, number>()
  #last = 0

  /** The number of a token: the same one has the same. */
  numberOf(token: string): number {
    const known = this.#numbers.get(token)
    if (known !== undefined) return known
    this.#numbers.set(token, ++this.#last)
    const [oldest] = this.#numbers.keys()
    if (this.#numbers.size > MAX_TOKENS && oldest !== undefined) this.#numbers.delete(oldest)
    return this.#last
  }

  /** A text without them; as long as it was, since a client counts what it reads. */
  without(text: string): string {
    let clean = text
    for (const token of this.#numbers.keys())
      if (token.length >= SHORTEST) clean = clean.replaceAll(token, blank(token))
    return clean
  }

  /** Something that JSON can carry, without them. */
  cleaned<Carried>(given: Carried): Carried {
    const text = JSON.stringify(given)
    const clean = this.without(text)
    return clean === text ? given : JSON.parse(clean)
  }
}

/** A text of the same length that says nothing. */
export function blank(text: string): string {
  return '*'.repeat(text.length)
}
