import type { Down } from '../down/down.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { encode } from './codec.ts'
import { downIn } from './earlier.ts'

/**
 * A frame for many readers. Its text is made once, whoever reads it; a text in the form of an earlier version
 * is made when somebody who speaks that comes, and only where the form is another.
 */
export class SharedFrame {
  readonly #frame: Down
  #text: string | undefined
  #earlier: Map<number, string> | undefined

  constructor(frame: Down) {
    this.#frame = frame
  }

  /** The text for those who speak a version. */
  in(version: number): string {
    if (version === PROTOCOL_VERSION) return this.#today
    const known = this.#earlier?.get(version)
    if (known !== undefined) return known
    const form = downIn(version, this.#frame)
    if (form === this.#frame) return this.#today
    const text = JSON.stringify(form)
    this.#earlier ??= new Map()
    this.#earlier.set(version, text)
    return text
  }

  get #today(): string {
    this.#text ??= encode(this.#frame)
    return this.#text
  }
}
