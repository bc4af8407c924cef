/** Characters of pages that are kept: enough for a crowd that comes for the same large collections. */
const KEPT_CHARACTERS = 8 * 1024 * 1024

/** A page as it is sent, the id after which to go on, if there is more, and how many rows there are in all. */
export type EncodedPage = { readonly text: string; readonly after?: string; readonly total: number }

/** Pages of snapshots at the head of the log, so that all who ask for the same get the very same text. */
export class PageCache {
  readonly #pages = new Map<string, EncodedPage>()
  #characters = 0
  #head = 0

  /** The page of that name as of `head`, made if it is not there. */
  get(head: number, name: string, make: () => EncodedPage): EncodedPage {
    if (head !== this.#head) this.#empty(head)
    const known = this.#pages.get(name)
    if (known) return known
    const page = make()
    if (this.#characters + page.text.length > KEPT_CHARACTERS) this.#empty(head)
    this.#pages.set(name, page)
    this.#characters += page.text.length
    return page
  }

  #empty(head: number): void {
    this.#pages.clear()
    this.#characters = 0
    this.#head = head
  }
}
