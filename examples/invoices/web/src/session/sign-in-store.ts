import { fetchToken, NoConnection, type Person } from './people.ts'
import { forget, remember, remembered } from './remembered.ts'
import { describedAs, openSession, type Session } from './session.ts'

export type SignIn =
  | { readonly is: 'out'; readonly error?: string }
  | { readonly is: 'waiting'; readonly person: string }
  | { readonly is: 'in'; readonly session: Session }

const STORAGE_KEY = 'tidemark.person'

const listeners = new Set<() => void>()
let state: SignIn = { is: 'out' }
let attempt = new AbortController()

function change(next: SignIn): void {
  state = next
  for (const notify of listeners) notify()
}

export function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  return () => listeners.delete(notify)
}

export function getSnapshot(): SignIn {
  return state
}

/**
 * Signs in as one of the development people. The person is kept per window, so two windows can be two people. Without a
 * connection whoever worked on this browser goes on with what it has.
 */
export async function signIn(person: string): Promise<void> {
  attempt.abort()
  attempt = new AbortController()
  const { signal } = attempt
  change({ is: 'waiting', person })
  try {
    const signedIn = await fetchToken(person, signal)
    if (!signal.aborted) enter(signedIn.person)
  } catch (error) {
    if (signal.aborted) return
    const known = error instanceof NoConnection ? rememberedAs(person) : undefined
    if (known) enter(known)
    else
      change({ is: 'out', error: `Signing in did not work. ${error instanceof Error ? error.message : ''}` })
  }
}

/**
 * The person has signed out.
 *
 * @param error what did not work at that, as a sentence
 */
export function leave({ person, close }: Session, error?: string): void {
  attempt.abort()
  sessionStorage.removeItem(STORAGE_KEY)
  forget(person)
  close()
  change({ is: 'out', ...(error !== undefined && { error }) })
}

/** After a reload: goes on as the window's person, if there is one, at once with what the browser has. */
export function resume(): void {
  const person = sessionStorage.getItem(STORAGE_KEY)
  if (person === null) return
  const known = rememberedAs(person)
  if (known) enter(known)
  else void signIn(person)
}

function enter(person: Person): void {
  sessionStorage.setItem(STORAGE_KEY, person.person)
  remember(person)
  change({ is: 'in', session: openSession(person, heard) })
}

/** What a person may do can be another than when the browser last heard of them. */
function heard(person: Person): void {
  if (state.is !== 'in' || state.session.person !== person.person) return
  remember(person)
  const { name, role } = state.session.identity
  if (name === person.name && role === person.role) return
  change({ is: 'in', session: describedAs(state.session, person) })
}

function rememberedAs(person: string): Person | undefined {
  return remembered().find((one) => one.person === person)
}
