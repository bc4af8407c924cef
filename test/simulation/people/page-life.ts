import type { Share } from '../../../client/src/parts/share.ts'
import type { FakePage } from '../../../client/test/support/fake-neighbours.ts'
import type { Random } from '../../../dev/harness/random.ts'
import type { Clock } from '../world/timeline.ts'
import type { Page } from './page-browser.ts'
import { type PageEars, sharing, type Tabs } from './tabs.ts'

/** Milliseconds for which a page is frozen: some are taken for dead by then. */
const FROZEN_MS = [500, 60_000] as const

/** Milliseconds after which nothing is left of a page that was closed. */
const CLOSING_MS = 1_000

/** A page from its opening to its end. While it is frozen nothing runs in it, and what comes for it waits. */
export class PageLife implements Page {
  isOver = false
  mayDiscard = false
  readonly #clock: Clock
  /** The page among the others of its browser, if there are several. */
  readonly #tab: FakePage | undefined
  /** What waits while it is frozen, and after that until all before it has run. */
  #held: (() => void)[] | undefined

  constructor(clock: Clock, tabs: Tabs | undefined) {
    this.#clock = clock
    this.#tab = tabs?.open(this)
  }

  /** Does it share its connection with others? */
  get isTab(): boolean {
    return this.#tab !== undefined
  }

  get isFrozen(): boolean {
    return this.#held !== undefined
  }

  share(ears: PageEars): Share | undefined {
    return this.#tab && sharing(this.#tab, ears)
  }

  /** Runs something in the page as soon as that can be; never, once it is over. */
  reach(run: () => void): void {
    if (this.isOver) return
    if (this.#held) this.#held.push(run)
    else run()
  }

  /** A browser puts the page to sleep, which it is told, or everything in it stands still without a word. */
  freeze(random: Random): void {
    if (random.chance(0.5)) this.#tab?.sleep()
    this.#held ??= []
    this.#clock.after(random.whole(...FROZEN_MS), () => this.thaw())
  }

  /** All that has come meanwhile runs, one after the other, as tasks of their own. */
  thaw(): void {
    const held = this.#held
    if (!held || this.isOver) return
    const next = held.shift()
    if (!next) {
      this.#held = undefined
      return
    }
    next()
    this.#clock.after(0, () => this.thaw())
  }

  /** Nothing is left of it from one moment to the next. */
  kill(): void {
    this.isOver = true
    this.#tab?.kill()
  }

  /** It was closed, and has a moment left where others wait for what it had. */
  closed(): void {
    if (this.#tab) this.#clock.after(CLOSING_MS, () => this.kill())
  }
}
