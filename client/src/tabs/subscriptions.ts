import { type Fields, type Frame, fieldsOf, listOf } from './frame.ts'

/** What a subscription is waiting for: to be sent, to be named, for what it missed, or for its pages. */
type Stage = 'held' | 'asked' | 'resumed' | 'paging' | 'live'

type Subscription<Page> = {
  readonly page: Page
  /** Its number on the page. */
  readonly id: unknown
  readonly text: Fields
  /** The place that the page resumes from. */
  readonly from: number | undefined
  stage: Stage
  view: unknown
}

/** A frame for one of the pages. */
export type Told<Page> = { readonly page: Page; readonly frame: Frame }

/**
 * The subscriptions of several pages on one session, each under a number of its own.
 *
 * - A session has one cursor, and a page one of its own: a page is told rows once it stands at the session's, which its
 *   first snapshot brings it to, or what it missed. That is told as from where the page stood.
 * - Pages of a snapshot name a view, and two pages may have asked for the same one. So what one page has asked for is
 *   answered before the next may ask.
 */
export class SharedSubscriptions<Page> {
  readonly #all = new Map<number, Subscription<Page>>()
  /** The pages that stand at the session's cursor. */
  readonly #bound = new Set<Page>()
  readonly #send: (frame: Frame) => void
  #last = 0

  constructor(send: (frame: Frame) => void) {
    this.#send = send
  }

  subscribe(page: Page, asked: Fields): void {
    const { seq } = fieldsOf(asked['resume'])
    const from = typeof seq === 'number' ? seq : undefined
    const { id } = asked
    this.#all.set(++this.#last, { page, id, text: asked, from, stage: 'held', view: undefined })
    this.#sendHeld()
  }

  unsubscribe(page: Page, id: unknown): void {
    for (const [number, one] of this.#all) if (one.page === page && one.id === id) this.#end(number, one)
    this.#sendHeld()
  }

  /** A page is gone, or begins anew. */
  forget(page: Page): void {
    for (const [number, one] of this.#all) if (one.page === page) this.#end(number, one)
    this.#bound.delete(page)
    this.#sendHeld()
  }

  /** The session has none any more. */
  clear(): void {
    this.#all.clear()
    this.#bound.clear()
  }

  /** Who is told an answer about a subscription, in the page's own number. */
  named([kind, told]: Frame): Told<Page>[] {
    const fields = fieldsOf(told)
    const one = this.#of(fields['subscription'])
    if (!one) return []
    if (kind === 'view') {
      one.stage = fields['resumed'] ? 'resumed' : 'paging'
      one.view = fields['view']
    } else one.stage = 'live'
    this.#sendHeld()
    return [{ page: one.page, frame: [kind, { ...fields, subscription: one.id }] }]
  }

  /** The subscription that an error is about, if it is about one. */
  refused(error: Fields): Told<Page>[] {
    const { ref } = error
    const one = this.#of(ref)
    if (!one) return []
    this.#all.delete(Number(ref))
    this.#sendHeld()
    return [{ page: one.page, frame: ['error', { ...error, ref: one.id }] }]
  }

  paged(frame: Frame): Told<Page>[] {
    const { view, last } = fieldsOf(frame[1])
    const one = [...this.#all.values()].find(({ stage, view: of }) => stage === 'paging' && of === view)
    if (!one) return []
    this.#bound.add(one.page)
    if (last) one.stage = 'live'
    this.#sendHeld()
    return [{ page: one.page, frame }]
  }

  rows(frame: Frame): Told<Page>[] {
    const [kind, from, length, parts] = frame
    const resumed = [...this.#all.values()].filter(({ stage }) => stage === 'resumed')
    const [first] = resumed
    if (!first) return [...this.#bound].map((page) => ({ page, frame }))
    // What others show is at the head already, so that all there is in it is what this page has missed.
    const begins = first.from ?? Number(from)
    const told = {
      page: first.page,
      frame: [kind, begins, Number(from) + Number(length) - begins, listOf(parts)],
    }
    const others = [...this.#bound].filter((page) => page !== first.page)
    for (const one of resumed) one.stage = 'live'
    if (this.#bound.has(first.page)) told.frame = frame.slice()
    this.#bound.add(first.page)
    this.#sendHeld()
    return [told, ...others.map((page) => ({ page, frame: [kind, from, length, []] }))]
  }

  /** Sends what is held of one page, once all that was asked for another is answered. */
  #sendHeld(): void {
    const all = [...this.#all]
    const asking = all.find(([, { stage }]) => stage !== 'held' && stage !== 'live')?.[1]
    const page = asking?.page ?? all.find(([, { stage }]) => stage === 'held')?.[1].page
    for (const [number, one] of all) {
      if (one.stage !== 'held' || one.page !== page) continue
      one.stage = 'asked'
      this.#send(['subscribe', { ...one.text, id: number }])
    }
  }

  #end(number: number, { page, stage }: Subscription<Page>): void {
    this.#all.delete(number)
    if (stage !== 'held') this.#send(['unsubscribe', { id: number }])
    if (![...this.#all.values()].some((one) => one.page === page)) this.#bound.delete(page)
  }

  #of(number: unknown): Subscription<Page> | undefined {
    return typeof number === 'number' ? this.#all.get(number) : undefined
  }
}
