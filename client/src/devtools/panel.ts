import type { TraceEvent } from '../trace/event.ts'
import { reproOf } from '../trace/repro.ts'
import type { Tracer } from '../trace/tracer.ts'
import { button, element } from './elements.ts'
import { EventList, isFrame, isOther } from './event-list.ts'
import type { LogPlace } from './log-place.ts'
import { STYLE } from './style.ts'
import { connectionTab, editsTab, queriesTab } from './tabs.ts'

/** The name of the element that has the panel. */
const PANEL = 'tidemark-devtools'

type Tab = 'Connection' | 'Queries' | 'Edits' | 'Frames' | 'Events'

const TABS: readonly Tab[] = ['Connection', 'Queries', 'Edits', 'Frames', 'Events']

const STATES = { live: 'good', closed: 'bad', 'needs-auth': 'bad', 'update-required': 'bad', offline: 'bad' }

/** The panel for developers: a button in a corner of the page, and what it opens, in a shadow of their own. */
export class Panel {
  readonly host = document.createElement(PANEL)
  readonly #tracer: Tracer
  readonly #place: LogPlace
  readonly #badge: HTMLButtonElement
  readonly #panel: HTMLElement
  readonly #content = element('div', { class: 'content', id: 'content', role: 'tabpanel', tabindex: '0' })
  readonly #told = element('p', { class: 'told', role: 'status' })
  readonly #tabs = new Map<Tab, HTMLButtonElement>()
  readonly #lists: { readonly Frames: EventList; readonly Events: EventList }
  readonly #stop = new AbortController()
  readonly #stopListening: () => void
  readonly #pause = button('Pause', 'Stop showing what happens; it is still written down', () =>
    this.#pauseOrGoOn(),
  )
  readonly #drop = button('Drop link', 'Take the network from this client, and give it back', () =>
    this.#turnLink(),
  )
  #tab: Tab = 'Connection'
  #isPaused = false
  #isDue = false
  /** Events before it were cleared away. */
  #since = 0

  constructor(tracer: Tracer, place: LogPlace) {
    this.#tracer = tracer
    this.#place = place
    const { recorder } = tracer
    this.#lists = { Frames: new EventList(recorder, isFrame), Events: new EventList(recorder, isOther) }
    this.#badge = button('Tidemark', 'Tidemark devtools (Alt+Shift+D)', () => this.#open(true))
    this.#badge.classList.add('badge')
    this.#badge.setAttribute('aria-expanded', 'false')
    this.#panel = element(
      'section',
      { class: 'panel', hidden: true, 'aria-label': 'Tidemark devtools' },
      this.#header(),
      this.#told,
      this.#content,
    )
    const shadow = this.host.attachShadow({ mode: 'open' })
    // Not as an element, which a page's policy for styles may forbid.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    shadow.adoptedStyleSheets = [sheet]
    shadow.append(element('div', { class: 'root' }, this.#badge, this.#panel))
    const { signal } = this.#stop
    this.#panel.addEventListener('keydown', (event) => this.#keyPressed(event), { signal })
    window.addEventListener('keydown', (event) => this.#shortCutPressed(event), { signal })
    this.#stopListening = recorder.listen((event) => this.#heard(event))
    this.#select('Connection')
    this.#showState()
  }

  /** Takes it from the page. */
  remove(): void {
    this.#stop.abort()
    this.#stopListening()
    this.host.remove()
  }

  #header(): Element {
    const tabs = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Views' })
    for (const name of TABS) {
      const tab = button(name, name, () => this.#select(name))
      tab.setAttribute('role', 'tab')
      tab.setAttribute('aria-controls', 'content')
      tab.id = `tab-${name}`
      this.#tabs.set(name, tab)
      tabs.append(tab)
    }
    const actions = element(
      'div',
      { class: 'actions' },
      this.#pause,
      button('Clear', 'Show only events from now on', () => this.#clear()),
      button('Copy repro', 'Copy the session, for a colleague to replay', () => void this.#copy()),
      this.#drop,
      button('Close', 'Close (Escape)', () => this.#open(false)),
    )
    return element('header', {}, tabs, actions)
  }

  #heard(event: TraceEvent): void {
    if (event.is === 'connection') this.#showState()
    this.#showSoon()
  }

  /** With the next frame of the page, once for all that came together. */
  #showSoon(): void {
    if (this.#isDue || this.#isPaused || this.#panel.hidden) return
    this.#isDue = true
    requestAnimationFrame(() => {
      this.#isDue = false
      if (!this.#isPaused) this.#show()
    })
  }

  #show(): void {
    switch (this.#tab) {
      case 'Connection':
        this.#content.replaceChildren(connectionTab(this.#tracer, this.#place))
        return
      case 'Queries':
        this.#content.replaceChildren(queriesTab(this.#tracer))
        return
      case 'Edits':
        this.#content.replaceChildren(editsTab(this.#tracer))
        return
      case 'Frames':
      case 'Events': {
        const list = this.#lists[this.#tab]
        if (this.#content.firstElementChild !== list.root) this.#content.replaceChildren(list.root)
        list.show(this.#since)
      }
    }
  }

  #showState(): void {
    const { state } = this.#tracer.picture.connection
    const kind = Object.entries(STATES).find(([name]) => name === state)?.[1] ?? 'under-way'
    this.#badge.className = `badge ${kind}`
    this.#badge.textContent = `Tidemark: ${state}`
    this.#drop.textContent = this.#tracer.link.isUp ? 'Drop link' : 'Restore link'
    this.#drop.setAttribute('aria-pressed', String(!this.#tracer.link.isUp))
  }

  #open(isOpen: boolean): void {
    this.#panel.hidden = !isOpen
    this.#badge.hidden = isOpen
    this.#badge.setAttribute('aria-expanded', String(isOpen))
    if (isOpen) {
      this.#show()
      this.#tabs.get(this.#tab)?.focus()
    } else this.#badge.focus()
  }

  #select(name: Tab): void {
    this.#tab = name
    for (const [other, tab] of this.#tabs) {
      tab.setAttribute('aria-selected', String(other === name))
      tab.tabIndex = other === name ? 0 : -1
    }
    this.#content.setAttribute('aria-labelledby', `tab-${name}`)
    this.#content.scrollTop = 0
    this.#show()
  }

  #pauseOrGoOn(): void {
    this.#isPaused = !this.#isPaused
    this.#pause.textContent = this.#isPaused ? 'Go on' : 'Pause'
    this.#pause.setAttribute('aria-pressed', String(this.#isPaused))
    this.#showSoon()
  }

  #clear(): void {
    const { recorder } = this.#tracer
    this.#since = (recorder.events.at(-1)?.at ?? 0) + 1
    this.#tell('Cleared. A repro still has all of it.')
    this.#show()
  }

  #turnLink(): void {
    const { link } = this.#tracer
    link.turn(!link.isUp)
    this.#showState()
    this.#show()
  }

  async #copy(): Promise<void> {
    const repro = reproOf(this.#tracer)
    if (!repro) return this.#tell('There is no client yet.')
    const text = JSON.stringify(repro)
    const what = `${repro.events.length} events, ${Math.ceil(text.length / 1_000)} kB`
    const lack = repro.whole ? '' : ' Its beginning was let go of, so it can be read and not replayed.'
    try {
      await navigator.clipboard.writeText(text)
      this.#tell(`Copied: ${what}.${lack}`)
    } catch {
      // A page without the right to the clipboard, as one that is not served over HTTPS.
      const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
      element('a', { href: address, download: 'tidemark-repro.json' }).click()
      URL.revokeObjectURL(address)
      this.#tell(`Saved as tidemark-repro.json: ${what}.${lack}`)
    }
  }

  #tell(sentence: string): void {
    this.#told.textContent = sentence
  }

  #keyPressed(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#open(false)
    const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 }
    const step = steps[event.key]
    const isTab = event.target instanceof Element && event.target.getAttribute('role') === 'tab'
    if (step !== undefined && isTab) {
      const next = TABS.at((TABS.indexOf(this.#tab) + step) % TABS.length) ?? this.#tab
      this.#select(next)
      this.#tabs.get(next)?.focus()
      event.preventDefault()
    }
    // The page's own short-cuts are for the page.
    if (!isShortCut(event)) event.stopPropagation()
  }

  #shortCutPressed(event: KeyboardEvent): void {
    if (!isShortCut(event)) return
    event.preventDefault()
    this.#open(this.#panel.hidden !== false)
  }
}

function isShortCut({ altKey, shiftKey, code }: KeyboardEvent): boolean {
  return altKey && shiftKey && code === 'KeyD'
}
