import type { Link } from '../world/link.ts'
import type { PageBrowser } from './page-browser.ts'
import type { Person } from './person.ts'
import { isKept } from './taking-turns.ts'
import type { Users } from './users.ts'

/** A person at their page, and what it stands on. */
type Standing = {
  readonly person: Person
  readonly users: Users
  readonly browser: PageBrowser | undefined
  readonly link: Link | undefined
}

/** Is everything shown that was asked for, and has every edit its outcome? */
export function isAtRest({ person, users, browser, link }: Standing): boolean {
  const { state, pending, delayed } = person.db.connection.getSnapshot()
  if (!users.isOwn || person.hasOpenEdits || browser?.hasEdits || !isKept(person)) return false
  const isConnected = browser?.tabs ? browser.tabs.isConnected : link?.isWhole
  if (state !== 'live' || pending > 0 || delayed || !isConnected) return false
  if ((person.following.inbox?.status ?? 'ready') !== 'ready') return false
  return [...person.asked.keys()].every((query) => person.isAnswered(query))
}

/** How far somebody is from rest, for people. */
export function tellStanding({ person, users, browser }: Standing): string {
  const { state, pending, persistence = '' } = person.db.connection.getSnapshot()
  const statuses = [...person.asked.keys()].map((query) => person.shows(query).status)
  const onDisk = browser ? `, ${browser.hasEdits ? 'edits on disk, ' : ''}${persistence}` : ''
  const links = browser?.tabs ? `, ${browser.tabs.links} links` : ''
  return `${person.name} of ${users.subject} ${state} ${pending} ${statuses.join()}${onDisk}${links}`
}
