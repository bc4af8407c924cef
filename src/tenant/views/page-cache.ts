/** Characters of pages that are kept: enough for a crowd that comes for the same large collections. */
const KEPT_CHARACTERS = 8 * 1024 * 1024

/** A page's rows as they are sent, the id after which to go on, if there is more, and how many there are in all. */
export type PageRows = { readonly text: string; readonly after?: string; readonly total: number }

/** The records of a window, in the order of their ids, and all of its rows as they are sent if one page holds them. */
export type WindowRows = { readonly ids: readonly string[]; readonly whole?: string }

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
    if (this.#characters + page.text.length > KEPT_CHARACTERS) this.#empty(changes)
    this.#pages.set(name, page)
    this.#characters += page.text.length
    return page
  }

  /** The window of that name, looked at once as long as no record changes. */
  window(changes: number, name: string, look: () => WindowRows): WindowRows {
    if (changes !== this.#changes) this.#empty(changes)
    const known = this.#windows.get(name)
    if (known) return known
    const window = look()
    const size = window.ids.reduce((sum, id) => sum + id.length, window.whole?.length ?? 0)
    if (this.#characters + size > KEPT_CHARACTERS) this.#empty(changes)
    this.#windows.set(name, window)
    this.#characters += size
    return window
  }

  #empty(changes: number): void {
    this.#pages.clear()
    this.#windows.clear()
    this.#characters = 0
    this.#changes = changes
  }
}
