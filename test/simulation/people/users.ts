import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import type { Judge } from '../judge/judge.ts'

/** Put into the words of whoever it cannot be said of. */
const UNCLEAR = '?'

const GUEST = '-guest'

const WRITTEN = /@([a-z0-9-]+|\?):/g

/** Who uses a page: the person it was opened by, and another one, one at a time. */
export class Users {
  /** Whose tokens the page is given. */
  subject: string
  /** Whether anybody but the person it was opened by has used the page. */
  isShared = false
  readonly #own: string
  readonly #guest: string
  readonly #changed: () => void
  #known: string | undefined

  /** @param changed is called when the other one signs in */
  constructor(own: string, changed = () => {}) {
    this.#changed = changed
    this.#own = this.subject = this.#known = own
    this.#guest = `${own}${GUEST}`
  }

  get isOwn(): boolean {
    return this.subject === this.#own
  }

  /** A page takes itself to be used by whoever the disk says used it last; without such a word by whoever is there. */
  opened(latest: string | undefined): void {
    this.#known = latest === undefined ? this.subject : subjectOf(latest)
  }

  /** The other one signs in. */
  change(): void {
    this.isShared = true
    this.#changed()
    this.subject = this.isOwn ? this.#guest : this.#own
  }

  heard(text: string, version: number): void {
    if (!text.startsWith('["welcome"') && !text.startsWith('["error"')) return
    const decoded = decodeDown(text, version)
    if (!decoded.ok) return
    const { frame } = decoded
    if (frame[0] === 'welcome') this.#known = subjectOf(frame[1].owner)
    if (frame[0] === 'error' && frame[1].code === 'subject-changed') this.#known = undefined
  }

  /** Whom the page takes to be there, from what the server says; undefined while it changes hands. */
  get known(): string | undefined {
    return this.#known
  }

  /** Has the page been told that another person uses it, and shown nothing to them yet? */
  get isChanging(): boolean {
    return this.#known === undefined
  }

  /** Whose words are written now, as they say it themselves. */
  get writer(): string {
    return `@${this.#known === this.subject ? this.subject : UNCLEAR}:`
  }

  /** While the page changes hands, nothing is shown of what anybody has written who used it before. */
  judge(shown: readonly object[], judge: Judge): void {
    if (!this.isChanging) return
    const text = JSON.stringify(shown)
    const others = this.isOwn ? this.#guest : this.#own
    const told = () => `shows what somebody else had on the page: ${text}`
    judge.check('OWN', !writersIn(text).includes(others), told)
  }
}

export function isGuest(subject: string): boolean {
  return subject.endsWith(GUEST)
}

/** The person whose page it is that somebody uses. */
export function ownerOf(subject: string): string {
  return isGuest(subject) ? subject.slice(0, -GUEST.length) : subject
}

/** Those whose words are in a text, as far as it is clear. */
export function writersIn(text: string): string[] {
  return [...text.matchAll(WRITTEN)].flatMap(([, name]) => (name && name !== UNCLEAR ? [name] : []))
}

function subjectOf(owner: string): string | undefined {
  const [, subject]: unknown[] = JSON.parse(owner)
  return typeof subject === 'string' ? subject : undefined
}
