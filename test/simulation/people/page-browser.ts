import type { Persist } from '../../../client/src/parts/persist.ts'
import type { Random } from '../../../dev/harness/random.ts'
import { DISK_FAULTS } from '../campaign/plan.ts'
import type { Deed } from '../campaign/script.ts'
import type { Asked } from '../campaign/shapes.ts'
import type { Life } from '../disk/turns.ts'
import type { Holdings } from '../postgres-model/mirror.ts'
import type { Person } from './person.ts'
import type { Tabs } from './tabs.ts'
import type { Users } from './users.ts'

/** A page of a browser. `mayDiscard`: whoever signs out of it says that unsent edits may go. */
export type Page = Life & { mayDiscard: boolean }

/** What befalls the disk, and not the page that is open. */
export type DiskTrouble = Exclude<(typeof DISK_FAULTS)[number], 'signedOut'>

export function isOfDisks(what: Deed): what is DiskTrouble {
  return what !== 'signedOut' && DISK_FAULTS.some((fault) => fault === what)
}

/** A browser that keeps pages, as whoever opens one in it has it. */
export type PageBrowser = {
  readonly users: Users
  /** What its pages were told that their queries show. */
  readonly held: Holdings
  /** Its tabs, if it has several pages open at once. */
  readonly tabs: Tabs | undefined
  /** Hears what is said over the links of a page and told, to hold it against what was saved. */
  readonly saved: {
    said(page: object, text: string, version: number): void
    heard(page: object, text: string, version: number): void
  }
  /** Until when no link of it gets through, in ms since 1970. */
  offlineUntil: number
  /** The queries of which the page before showed something when it went. */
  shownBefore: readonly Asked[]
  /** Has the disk edits without an outcome, whoever's they are? */
  readonly hasEdits: boolean
  /** Keeps a page, for as long as it lives. */
  persist(page: Page): Persist
  /** An edit was told to be saved. */
  wasSaved(n: number): void
  befall(what: DiskTrouble, random: Random): void
  /** A page that was opened anew is about to hear its server's first word. */
  judgeReopened(person: Person): void
  heal(): void
  /** At the end: what was saved is in Postgres, or refused with a reason that can be read. */
  finished(): void
}
