import { isPerson, type Person } from './people.ts'

const STORAGE_KEY = 'tidemark.people'

/** The browser's small store, as far as it is needed here. */
type Names = Pick<Storage, 'getItem' | 'setItem'>

/**
 * The people who signed in on this browser and have not signed out, as the server last described them: whoever opens
 * the page without a connection goes on as one of them. Nothing here proves anything to the server.
 */
export function remembered(names: Names = localStorage): readonly Person[] {
  const people = read(names.getItem(STORAGE_KEY))
  return Array.isArray(people) ? people.filter(isPerson) : []
}

export function remember(person: Person, names: Names = localStorage): void {
  put(names, [...without(person.person, names), person])
}

export function forget(person: string, names: Names = localStorage): void {
  put(names, without(person, names))
}

function without(person: string, names: Names): Person[] {
  return remembered(names).filter((one) => one.person !== person)
}

function put(names: Names, people: readonly Person[]): void {
  names.setItem(STORAGE_KEY, JSON.stringify(people))
}

/** Whatever another version of the page, or a person, has put there. */
function read(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '[]')
  } catch {
    return undefined
  }
}
