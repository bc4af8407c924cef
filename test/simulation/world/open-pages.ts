import type { Random } from '../../../dev/harness/random.ts'
import type { Deed } from '../campaign/script.ts'
import type { PageBrowser } from '../people/page-browser.ts'
import type { Visitor } from '../people/visitor.ts'
import type { Who } from '../people/visitor-port.ts'
import type { Clock } from './timeline.ts'

/** Milliseconds until another page is opened in the place of one that was closed, where a browser has several. */
const OPENED_MS = [0, 20_000] as const

/** What befalls no browser with several pages open: its judge knows one person there, and links as they are. */
const NEVER_OF_TABS: readonly Deed[] = ['shared', 'signedOut', 'lostFrame', 'repeatedFrame', 'swappedFrames']

type Port = {
  readonly timeline: Clock
  readonly random: Random
  readonly newVisitor: (who: Who, browser: PageBrowser | undefined) => Visitor
}

/** The pages that are open: one of each person, or several, where their browser has tabs. */
export class OpenPages {
  readonly #port: Port
  readonly #pages = new Map<string, Visitor[]>()
  /** Pages that are yet to be opened in the place of others. */
  #coming = 0

  constructor(port: Port) {
    this.#port = port
  }

  /** Are there as many as there are to be? */
  get areOpen(): boolean {
    return this.#coming === 0
  }

  get all(): Visitor[] {
    return [...this.#pages.values()].flat()
  }

  /** Does anybody have a page of a tenant open? */
  isVisited(tenant: string): boolean {
    return this.all.some(({ who }) => who.tenant === tenant)
  }

  /** Opens the page of a person, or all their tabs. */
  begin(who: Who, browser: PageBrowser | undefined): void {
    for (let n = browser?.tabs?.most ?? 1; n > 0; n--) this.#open(who, browser)
  }

  /** The page that something befalls; undefined where none is open, or it befalls no page of that kind. */
  chosen(tenant: string, subject: string, what: Deed, random: Random): Visitor | undefined {
    const pages = this.#of(tenant, subject).filter(({ isFrozen }) => !isFrozen)
    const [first] = pages
    if (!first?.browser?.tabs) return what === 'frozen' ? undefined : first
    return NEVER_OF_TABS.includes(what) ? undefined : pages[random.whole(0, pages.length - 1)]
  }

  /** All pages of a browser, or this one. */
  beside(visitor: Visitor): Visitor[] {
    const { tenant, subject } = visitor.who
    return visitor.browser?.tabs ? this.#of(tenant, subject) : [visitor]
  }

  /** A page has gone, and another one of the same browser takes its place. */
  replace(visitor: Visitor): void {
    const { browser, who } = visitor
    this.forget(visitor)
    const open = () => this.#open({ ...who, role: visitor.role }, browser)
    if (!browser?.tabs) {
      open()
      return
    }
    this.#coming++
    this.#port.timeline.after(this.#port.random.whole(...OPENED_MS), () => {
      this.#coming--
      open()
    })
  }

  forget(visitor: Visitor): void {
    const { tenant, subject } = visitor.who
    this.#pages.set(
      `${tenant}/${subject}`,
      this.#of(tenant, subject).filter((page) => page !== visitor),
    )
  }

  #open(who: Who, browser: PageBrowser | undefined): void {
    const { tenant, subject } = who
    const page = this.#port.newVisitor(who, browser)
    this.#pages.set(`${tenant}/${subject}`, [...this.#of(tenant, subject), page])
  }

  #of(tenant: string, subject: string): Visitor[] {
    return this.#pages.get(`${tenant}/${subject}`) ?? []
  }
}
