import type { SocketListener } from '../../../client/src/environment/socket.ts'
import type { Random } from '../../../dev/harness/random.ts'
import { BEARER_PREFIX, PROTOCOL_VERSION, SPOKEN_VERSIONS } from '../../../src/protocol/version.ts'
import type { Plan } from '../campaign/plan.ts'
import type { Deed } from '../campaign/script.ts'
import type { Judge } from '../judge/judge.ts'
import { type Glitch, Link } from '../world/link.ts'
import { SendWindow } from '../world/send-window.ts'
import type { Clock } from '../world/timeline.ts'

/** Milliseconds for which what is sent to a client waits. */
const PAUSE_MS = [1_000, 25_000] as const

/** What befalls the link of a page. */
export const LINK_FAULTS = [
  'cut',
  'lateCut',
  'halfOpen',
  'pause',
  'lostFrame',
  'repeatedFrame',
  'swappedFrames',
] as const

type LinkFault = (typeof LINK_FAULTS)[number]

export function isOfLinks(what: Deed): what is LinkFault {
  return LINK_FAULTS.some((fault) => fault === what)
}

type Port = {
  readonly plan: Plan
  readonly timeline: Clock
  readonly random: Random
  readonly newId: (length: number) => string
  readonly judge: Judge
  /** The page that is in it. */
  readonly name: () => string
  /** Is there something to say for which an earlier version may have no words? */
  readonly hasNewWords: () => boolean
  /** The link has reached the Worker. */
  readonly letIn: (link: Link, token: string) => void
  /** The server sees a token. */
  readonly showed: (token: string) => void
  /** The page says something, or is about to hear something. */
  readonly said: (link: Link, text: string) => void
  readonly heard: (text: string, version: number) => void
  /** The server sends something. */
  readonly sent: (text: string) => void
  readonly disturbed: (glitch: Glitch) => void
  readonly connected: (link: Link) => void
}

/** The network that a page is in: one link after the other, none while it is offline. */
export class Network {
  readonly #port: Port
  link: Link | undefined
  /** Links so far. */
  #links = 0
  /** Until when no link gets through, in ms since 1970. */
  offlineUntil: number
  #isHealed = false

  constructor(offlineUntil: number, port: Port) {
    this.offlineUntil = offlineUntil
    this.#port = port
  }

  get isOnline(): boolean {
    return this.#port.timeline.now >= this.offlineUntil
  }

  /** Something befalls the link. */
  befall(what: LinkFault, link: Link | undefined, random: Random): void {
    const course: Record<LinkFault, () => void> = {
      cut: () => link?.cut('clean'),
      lateCut: () => link?.cut('late'),
      halfOpen: () => link?.cut('half-open'),
      pause: () => link?.pause(random.whole(...PAUSE_MS)),
      lostFrame: () => link?.disturb('lostFrame', 'down'),
      repeatedFrame: () => link?.disturb('repeatedFrame', random.pick(['up', 'down'])),
      swappedFrames: () => link?.disturb('swappedFrames', random.pick(['up', 'down'])),
    }
    course[what]()
  }

  goOffline(ms: number): void {
    this.offlineUntil = this.#port.timeline.now + ms
    this.link?.cut('clean')
  }

  /** No link gets through any more. */
  end(): void {
    this.offlineUntil = Number.POSITIVE_INFINITY
  }

  heal(): void {
    this.offlineUntil = 0
    this.#isHealed = true
    this.renew()
  }

  /** What an earlier version has no words for waits for one that has. */
  renew(): void {
    if (this.#port.hasNewWords() && this.link?.version !== PROTOCOL_VERSION) this.link?.cut('clean')
  }

  connect(protocols: readonly string[], listener: SocketListener): Link {
    const { timeline, random, plan, newId, judge, ...port } = this.#port
    const window = new SendWindow(judge)
    const version = this.#nextVersion()
    const channel = { timeline, random, version }
    const link: Link = new Link(`${port.name()}/${newId(6)}`, channel, listener, {
      said: (text) => port.said(link, text),
      arrived: (text) => {
        port.showed(/^\["auth","(.*)"\]$/.exec(text)?.[1] ?? '')
        window.seen(text)
      },
      sent: (text) => {
        port.sent(text)
        window.sent(text)
      },
      heard: (text) => port.heard(text, version),
      disturbed: port.disturbed,
      latency: () => random.whole(...plan.latencyMs),
    })
    port.connected(link)
    this.link = link
    const token = protocols.find((name) => name.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? ''
    if (!this.isOnline) link.cut('clean')
    else {
      timeline.after(random.whole(...plan.latencyMs), () => {
        port.showed(token)
        port.letIn(link, token)
      })
    }
    return link
  }

  /** Each link is to a server of another version, as while one is deployed, and put back, and deployed again. */
  #nextVersion(): number {
    const drawn = SPOKEN_VERSIONS[this.#links % SPOKEN_VERSIONS.length]
    const version = this.#isHealed && this.#port.hasNewWords() ? PROTOCOL_VERSION : drawn
    this.#links += 1
    if (version === undefined) throw new Error('no version is spoken')
    return version
  }
}
