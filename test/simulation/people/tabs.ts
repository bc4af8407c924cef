import type { Environment } from '../../../client/src/environment/environment.ts'
import type { Share } from '../../../client/src/parts/share.ts'
import { Company } from '../../../client/src/tabs/company.ts'
import { FakeBrowser, type FakePage } from '../../../client/test/support/fake-neighbours.ts'
import { versionOf } from '../../../src/protocol/version.ts'
import type { Link } from '../world/link.ts'
import type { Clock } from '../world/timeline.ts'
import type { Role } from '../world/tokens.ts'
import type { Credentials } from './credentials.ts'
import type { PageLife } from './page-life.ts'

/** Hears what one page says and is told, whether it has a link of its own or speaks over that of another. */
export type PageEars = {
  readonly connected: (version: number) => void
  readonly said: (text: string) => void
  readonly heard: (text: string) => void
}

type TabsPort = {
  readonly clock: Clock
  /** Milliseconds that the next message or lock takes. */
  readonly latency: () => number
  readonly most: number
  readonly role: Role
}

/** The tabs of one browser: their locks and channels, and what they have together. */
export class Tabs {
  readonly #clock: Clock
  readonly #latency: () => number
  readonly #browser: FakeBrowser
  readonly #links: { readonly link: Link; readonly page: PageLife }[] = []
  /** How many pages are open at once, at most. */
  readonly most: number
  /** The role that whoever uses them is given by their next token, and the one of the last token that a server has seen. */
  role: Role
  shownRole: Role
  #credentials: Credentials | undefined

  constructor({ clock, latency, most, role }: TabsPort) {
    this.#clock = clock
    this.#latency = latency
    this.most = most
    this.#browser = new FakeBrowser(this.#inOrder())
    this.role = this.shownRole = role
  }

  /** The link that was opened last. */
  get link(): Link | undefined {
    return this.#links.at(-1)?.link
  }

  /** How many links there are that the page of each takes for its own. */
  get links(): number {
    return this.#links.filter(({ link, page }) => link.isHeld && !page.isOver).length
  }

  /** Is there a link over which everything was heard? */
  get isConnected(): boolean {
    return this.#links.some(({ link, page }) => link.isWhole && !page.isOver)
  }

  connected(link: Link, page: PageLife): void {
    this.#links.push({ link, page })
  }

  /** The tokens are those of the browser, whichever tab asks for one. */
  credentials(make: () => Credentials): Credentials {
    this.#credentials ??= make()
    return this.#credentials
  }

  /** Opens one more. */
  open(page: Pick<PageLife, 'reach'>): FakePage {
    const inOrder = this.#inOrder()
    const tab = this.#browser.page((run) => inOrder(tab, () => page.reach(run)))
    return tab
  }

  /** Each message takes its time, and none overtakes another of the same page. */
  #inOrder(): (from: FakePage, arrive: () => void) => void {
    const arrivesAt = new Map<FakePage, number>()
    return (from, arrive) => {
      const at = Math.max(arrivesAt.get(from) ?? 0, this.#clock.now) + this.#latency()
      arrivesAt.set(from, at)
      this.#clock.at(at, arrive)
    }
  }
}

/** Shares the connection among tabs, and hears what each says over it. */
export function sharing(tab: FakePage, ears: PageEars): Share {
  return {
    join: (port) => {
      const company = new Company(port, tab)
      return {
        environment: { ...company.environment, openSocket: overheard(company.environment, ears) },
        enter: (owner, shareEars) => company.enter(owner, shareEars),
        leave: () => company.leave(),
        tell: (news) => company.tell(news),
      }
    },
  }
}

function overheard({ openSocket }: Environment, ears: PageEars): Environment['openSocket'] {
  return (url, protocols, listener) => {
    const socket = openSocket(url, protocols, {
      opened: (subprotocol) => {
        ears.connected(versionOf(subprotocol))
        listener.opened(subprotocol)
      },
      received: (text) => {
        ears.heard(text)
        listener.received(text)
      },
      closed: (code) => listener.closed(code),
    })
    return {
      send: (text) => {
        ears.said(text)
        socket.send(text)
      },
      close: () => socket.close(),
    }
  }
}
