import { MAX_PLACES, MAX_PLACES_FOLLOWED } from '../../../src/protocol/limits.ts'
import { type Fields, fieldsOf, listOf } from './frame.ts'

/** The places of several pages of one person, as one: a session is in one set of them. */
export class SharedPresence<Page> {
  readonly #said = new Map<Page, Fields>()
  readonly #peers = new Map<unknown, unknown>()
  #signs = false
  #last = ''

  /** Returns what is to be said for all of them now, if it is something else. */
  say(page: Page, places: Fields | undefined): Fields | undefined {
    if (places) this.#said.set(page, places)
    else if (!this.#said.delete(page)) return undefined
    const all = {
      at: this.#placesOf('at').slice(0, MAX_PLACES),
      of: this.#placesOf('of').slice(0, MAX_PLACES_FOLLOWED),
    }
    const text = JSON.stringify(all)
    if (text === this.#last) return undefined
    this.#last = text
    return all
  }

  /** The server says who is where. */
  told({ signs, all, peers, gone, again }: Fields): void {
    this.#signs = signs === true
    if (all || again) this.#peers.clear()
    for (const peer of listOf(peers)) this.#peers.set(fieldsOf(peer)['subject'], peer)
    for (const subject of listOf(gone)) this.#peers.delete(subject)
    // It has forgotten where the pages are, and they say it again.
    if (again) this.#last = ''
  }

  /** What was told so far, for a page that has not heard it. */
  get everybody(): Fields {
    return { signs: this.#signs, all: true, peers: [...this.#peers.values()] }
  }

  #placesOf(name: 'at' | 'of'): unknown[] {
    const places = [...this.#said.values()].flatMap((said) => listOf(said[name]))
    return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
  }
}
