import type { Asked, Channel, Neighbours } from '../../src/tabs/neighbours.ts'

type Wish = {
  readonly page: FakePage
  readonly lost: (() => void) | undefined
  readonly answer: (giveAway: (() => void) | undefined) => void
}

/** The locks and channels of one browser, whose pages a test may kill and put to sleep. */
export class FakeBrowser {
  readonly #holders = new Map<string, Wish>()
  readonly #waiting = new Map<string, Wish[]>()
  readonly pages = new Set<FakePage>()
  /** The time until it has an answer for whoever asks for a lock. */
  slow: Promise<void> | undefined
  /** Brings what a page has posted to another one. */
  readonly deliver: (from: FakePage, arrive: () => void) => void

  constructor(deliver: FakeBrowser['deliver'] = (_, arrive) => queueMicrotask(arrive)) {
    this.deliver = deliver
  }

  /** @param reach runs something in the page when it can; left out where `freeze` and `thaw` say when */
  page(reach?: (run: () => void) => void): FakePage {
    const page = new FakePage(this, reach)
    this.pages.add(page)
    return page
  }

  ask(name: string, how: 'try' | 'wait' | 'steal', wish: Wish): void {
    const holder = this.#holders.get(name)
    if (!holder || how === 'steal') {
      this.#grant(name, wish)
      if (holder) queueMicrotask(() => holder.lost?.())
    } else if (how === 'try') wish.answer(undefined)
    else this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), wish])
  }

  cancel(wish: Wish): void {
    for (const [name, wishes] of this.#waiting) {
      if (!wishes.includes(wish)) continue
      this.#waiting.set(
        name,
        wishes.filter((one) => one !== wish),
      )
      wish.answer(undefined)
    }
  }

  /** All that a page had is free. */
  forget(page: FakePage): void {
    this.pages.delete(page)
    for (const [name, wishes] of this.#waiting)
      this.#waiting.set(
        name,
        wishes.filter((wish) => wish.page !== page),
      )
    for (const [name, holder] of [...this.#holders]) if (holder.page === page) this.#free(name, holder)
  }

  #grant(name: string, wish: Wish): void {
    this.#holders.set(name, wish)
    wish.answer(() => this.#free(name, wish))
  }

  #free(name: string, holder: Wish): void {
    if (this.#holders.get(name) !== holder) return
    this.#holders.delete(name)
    const [next, ...later] = this.#waiting.get(name) ?? []
    this.#waiting.set(name, later)
    if (next) this.#grant(name, next)
  }
}

/** One page of it. */
export class FakePage implements Neighbours {
  readonly #browser: FakeBrowser
  readonly #reach: ((run: () => void) => void) | undefined
  readonly #channels = new Map<
    object,
    { readonly name: string; readonly heard: (message: unknown) => void }
  >()
  readonly #sleepers = new Set<() => void>()
  /** What came while it was frozen. */
  #held: (() => void)[] | undefined
  isDead = false

  constructor(browser: FakeBrowser, reach?: (run: () => void) => void) {
    this.#browser = browser
    this.#reach = reach
  }

  lock(name: string, how: 'try' | 'wait' | 'steal', lost?: () => void): Asked {
    const { promise: held, resolve: answer } = Promise.withResolvers<(() => void) | undefined>()
    const wish: Wish = {
      page: this,
      lost: lost && (() => this.#run(lost)),
      answer: (giveAway) => this.#run(() => answer(giveAway)),
    }
    const ask = () => {
      if (!this.isDead) this.#browser.ask(name, how, wish)
    }
    if (this.#browser.slow) void this.#browser.slow.then(ask)
    else ask()
    return { held, cancel: () => this.#browser.cancel(wish) }
  }

  channel(name: string, heard: (message: unknown) => void): Channel {
    const key = {}
    this.#channels.set(key, { name, heard })
    return {
      post: (message) => {
        if (this.isDead) return
        const copy = structuredClone(message)
        for (const page of this.#browser.pages)
          if (page !== this) this.#browser.deliver(this, () => page.hear(name, copy))
      },
      close: () => void this.#channels.delete(key),
    }
  }

  hear(name: string, message: unknown): void {
    for (const channel of [...this.#channels.values()])
      if (channel.name === name) this.#run(() => channel.heard(message))
  }

  onSleep(run: () => void): () => void {
    this.#sleepers.add(run)
    return () => void this.#sleepers.delete(run)
  }

  /** The page is told that it is put to sleep. */
  sleep(): void {
    for (const run of [...this.#sleepers]) run()
  }

  /** It hears nothing any more, without having been told. */
  freeze(): void {
    this.#held = []
  }

  thaw(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const run of held) run()
  }

  kill(): void {
    this.isDead = true
    this.#channels.clear()
    this.#browser.forget(this)
  }

  #run(run: () => void): void {
    if (this.isDead) return
    if (this.#held) this.#held.push(run)
    else if (this.#reach) this.#reach(run)
    else run()
  }
}
