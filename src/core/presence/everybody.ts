import type { Place } from '../../protocol/presence.ts'
import type { Application, Claims } from '../app/application.ts'
import { knownPlaces, type Present, type RightsIn, type RowOf } from './meeting.ts'
import { shownPerson } from './shown-person.ts'

/** The places of one session, and whose it is. */
export type PresentSession = {
  readonly claims: Claims
  readonly places: readonly Place[]
  readonly rights: RightsIn
}

/** Everybody who is somewhere, each person once: with the claims of the session that came last. */
export function everybody(
  { shown = { others: [] } }: Pick<Application, 'shown'>,
  sessions: Iterable<PresentSession>,
  rowOf: RowOf,
): Iterable<Present> {
  const bySubject = new Map<string, Present>()
  for (const { claims, places, rights } of sessions) {
    if (places.length === 0) continue
    const known = knownPlaces(places, rights, rowOf)
    const before = bySubject.get(claims.sub)?.known ?? []
    bySubject.set(claims.sub, { person: shownPerson(shown, claims), known: [...before, ...known] })
  }
  return bySubject.values()
}
