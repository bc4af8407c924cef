import type { Random } from '../../../dev/harness/random.ts'
import type { Plan } from '../campaign/plan.ts'
import type { Deed } from '../campaign/script.ts'
import type { ClientWatcher } from '../judge/client-checker.ts'
import type { Judge } from '../judge/judge.ts'
import type { Glitch, Link } from '../world/link.ts'
import type { Clock } from '../world/timeline.ts'
import type { Role, Token } from '../world/tokens.ts'
import type { Ask } from './asking.ts'
import type { PageBrowser } from './page-browser.ts'
import type { Person } from './person.ts'

export type Who = { readonly subject: string; readonly tenant: string; readonly role: Role }

/** What somebody does at a page that stays open, or what befalls it. */
export type Befalling = { readonly what: Exclude<Deed, 'reload' | 'reopened'>; readonly seed: number }

/** What a visitor has to do with the world. */
export type VisitorPort = {
  readonly plan: Plan
  readonly timeline: Clock
  readonly random: Random
  readonly newId: (length: number) => string
  /** The browser that the page is opened in, if it is one that keeps pages. */
  readonly browser?: PageBrowser | undefined
  /** The page has gone by itself, and another one is opened in the same browser. */
  readonly reopened?: () => void
  /** The link has reached the Worker. */
  readonly letIn: (link: Link, token: string) => void
  /** Asks about the past, where anybody can be asked. */
  readonly ask?: Ask
  /** After everything was mended somebody else has signed in: what has to come to rest begins anew. */
  readonly turned: () => void
  readonly sign: (token: Token) => string | Promise<string>
  readonly watch: (person: Person, judge: Judge) => ClientWatcher
  readonly judge: Judge
  /** Something happens to a frame. */
  readonly glitched: (glitch: Glitch) => void
  readonly note: (who: string, what: string) => void
}
