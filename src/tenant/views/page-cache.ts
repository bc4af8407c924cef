import type { Row } from '../../protocol/value.ts'

/** Characters of pages and their names that are kept: enough for a crowd that comes for the same large collections. */
const KEPT_CHARACTERS = 8 * 1024 * 1024

/** A page's rows as they are sent, the id after which to go on, if there is more, and how many there are in all. */
export type PageRows = { readonly text: string; readonly after?: string; readonly total: number }

/** The records of a window, in the order of their ids, and all of its rows as they are sent if one page holds them. */
export type WindowRows = {
  readonly ids: readonly string[]
  /** What its rows are sorted by, in its order. */
  readonly places: readonly Row[]
  readonly whole?: string
}

/** Rows of snapshots while no record changes, so that they are made once for all who ask for the same. */
export class PageCache {
  readonly #pages = new Map<string, PageRows>()
  readonly #windows = new Map<string, WindowRows>()
  #characters = 0
  #changes = 0

  /**
   * The page of that name, made if it is not there.
   *
   * @param changes as the records count them
   */
  get(changes: number, name: string, make: () => PageRows): PageRows {
    if (changes !== this.#changes) this.#empty(changes)
    const known = this.#pages.get(name)
    if (known) return known
    const page = make()
    // A name says the whole query, which may be longer than its rows.
    if (this.#hasRoom(name.length + page.text.length + (page.after?.length ?? 0), changes))
      this.#pages.set(name, page)
    return page
  }

  /** The window of that name, looked at once as long as no record changes. */
  window(changes: number, name: string, look: () => WindowRows): WindowRows {
    if (changes !== this.#changes) this.#empty(changes)
    const known = this.#windows.get(name)
    if (known) return known
    const window = look()
    const places = JSON.stringify(window.places).length
    const size = window.ids.reduce((sum, id) => sum + id.length, places + (window.whole?.length ?? 0))
    if (this.#hasRoom(name.length + size, changes)) this.#windows.set(name, window)
    return window
  }

  /** The characters that are kept now. */
  get characters(): number {
    return this.#characters
  }

  /** Makes room for something, if there ever is enough. */
  #hasRoom(characters: number, changes: number): boolean {
    if (characters > KEPT_CHARACTERS) return false
    if (this.#characters + characters > KEPT_CHARACTERS) this.#empty(changes)
    this.#characters += characters
    return true
  }

  #empty(changes: number): void {
    this.#pages.clear()
    this.#windows.clear()
    this.#characters = 0
    this.#changes = changes
  }
}
