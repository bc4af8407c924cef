import { isSupply, type TraceEvent } from '../trace/event.ts'
import type { Recorder } from '../trace/recorder.ts'
import { clockTime, element, showIn } from './elements.ts'

/** Events that are shown at once; the filter finds those before. */
const MOST_SHOWN = 200

/** Characters of an event that are shown before it is opened. */
const IN_ONE_LINE = 160

/** Events of a client, the newest first, and a filter by their words. */
export class EventList {
  readonly root: Element
  readonly #recorder: Recorder
  readonly #isShown: (event: TraceEvent) => boolean
  readonly #filter = element('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter' })
  readonly #count = element('span', { class: 'count' })
  readonly #list = element('ol', {})
  readonly #elements = new WeakMap<TraceEvent, Element>()

  constructor(recorder: Recorder, isShown: (event: TraceEvent) => boolean) {
    this.#recorder = recorder
    this.#isShown = isShown
    this.#filter.addEventListener('input', () => this.show())
    this.root = element(
      'div',
      { class: 'events' },
      element('div', { class: 'filter' }, this.#filter, this.#count),
      this.#list,
    )
  }

  /** @param since events before it are not shown */
  show(since = this.#since): void {
    this.#since = since
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean)
    const shown = this.#newest((event) => this.#isShown(event) && says(event, words))
    this.#count.textContent = shown.length < MOST_SHOWN ? `${shown.length} shown` : `the newest ${MOST_SHOWN}`
    showIn(
      this.#list,
      shown.map((event) => this.#elementOf(event)),
    )
  }

  /** The newest first, and no further back than is shown. */
  #newest(isWanted: (event: TraceEvent) => boolean): TraceEvent[] {
    const { events } = this.#recorder
    const found: TraceEvent[] = []
    for (let i = events.length - 1; i >= 0 && found.length < MOST_SHOWN; i--) {
      const event = events[i]
      if (!event || event.at < this.#since) break
      if (isWanted(event)) found.push(event)
    }
    return found
  }

  #since = 0

  #elementOf(event: TraceEvent): Element {
    const known = this.#elements.get(event)
    if (known) return known
    const { name, size } = headOf(event)
    const words = wordsOf(event)
    const line = words.length > IN_ONE_LINE ? `${words.slice(0, IN_ONE_LINE)}…` : words
    const made = element(
      'li',
      {},
      element(
        'details',
        {},
        element(
          'summary',
          {},
          element('time', {}, clockTime(this.#recorder.began + event.at)),
          element('b', {}, name),
          element('span', { class: 'size' }, size),
          element('code', {}, line),
        ),
        element('pre', {}, words),
      ),
    )
    this.#elements.set(event, made)
    return made
  }
}

/** Is it a frame, or a sign of life? */
export function isFrame(event: TraceEvent): boolean {
  return event.is === 'up' || event.is === 'down'
}

/** Is it something else that a person may want to read? */
export function isOther(event: TraceEvent): boolean {
  return !isFrame(event) && !isSupply(event) && event.is !== 'turn' && event.is !== 'timer'
}

function headOf(event: TraceEvent): { readonly name: string; readonly size: string } {
  if (event.is !== 'up' && event.is !== 'down') return { name: event.is, size: '' }
  const kind = /^\["([\w-]+)"/.exec(event.text)?.[1] ?? event.text.slice(0, IN_ONE_LINE)
  return { name: `${event.is === 'up' ? '↑' : '↓'} ${kind}`, size: `${event.size}` }
}

function says(event: TraceEvent, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = `${event.is} ${wordsOf(event)}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

function wordsOf(event: TraceEvent): string {
  if (event.is === 'up' || event.is === 'down') return event.text
  const { at: _, is: __, ...rest } = event
  return JSON.stringify(rest)
}
