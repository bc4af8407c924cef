import type { Clock } from '../world/timeline.ts'
import type { PageBrowser } from './page-browser.ts'
import type { Person } from './person.ts'
import type { Users } from './users.ts'

/** Milliseconds after which those who share a page look who is to use it next. */
const TURN_MS = 3_000

/** Turns that are waited for. Somebody whose edits never settle is found out. */
const MAX_TURNS = 12

/** What the disk says to a page that it does not keep. */
const ALONE: readonly unknown[] = ['elsewhere', 'unavailable']

/** Does the disk keep the page, if there is one? */
export function isKept({ db }: Person): boolean {
  const { persistence } = db.connection.getSnapshot()
  return persistence !== 'opening' && !ALONE.includes(persistence)
}

type Port = {
  readonly timeline: Clock
  readonly person: Person
  readonly users: Users
  readonly browser: PageBrowser | undefined
  readonly hasGone: () => boolean
  /** Whoever uses the page is another one, and has to be let in anew. */
  readonly changed: () => void
  /** Somebody has come, so that what has to come to rest begins anew. */
  readonly turned: () => void
  readonly reopen: () => void
  /** What was found on the disk may need the words of another version than is spoken. */
  readonly found: () => void
}

/** At the end whoever has edits on the page comes back until they are settled, and its own person is the last. */
export function takeTurns(port: Port): void {
  let turns = 0
  const look = () => {
    const { person, users, browser } = port
    if (port.hasGone()) return
    const { state, pending, persistence } = person.db.connection.getSnapshot()
    const isKnown = persistence !== 'opening' && !users.isChanging
    const isDone = state === 'live' && pending === 0 && isKnown
    if (browser && pending > 0) port.found()
    // What is on the disk, or still comes there, waits for a page that the disk keeps.
    if (isDone && ALONE.includes(persistence)) {
      port.reopen()
      return
    }
    // A page among tabs may yet find, once it is awake, that the disk has not waited for it.
    const isOver = isDone && users.isOwn && !person.hasOpenEdits && !browser?.hasEdits
    if (isOver && !browser?.tabs) return
    // What is open on a page of one person waits for an answer, and for nobody else.
    if (isDone && users.isShared) {
      users.change()
      turns += 1
      if (turns <= MAX_TURNS) port.turned()
      port.changed()
    }
    port.timeline.after(TURN_MS, look)
  }
  look()
}
