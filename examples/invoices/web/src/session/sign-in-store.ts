import { fetchIdentity } from './people.ts'
import { openSession, type Session } from './session.ts'

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

/** Signs in as one of the development people. The person is kept per window, so two windows can be two people. */
export async function signIn(person: string): Promise<void> {
  attempt.abort()
  attempt = new AbortController()
  const { signal } = attempt
  change({ is: 'waiting', person })
  try {
    const identity = await fetchIdentity(person, signal)
    if (signal.aborted) return
    sessionStorage.setItem(STORAGE_KEY, person)
    change({ is: 'in', session: openSession(person, identity) })
  } catch (error) {
    if (signal.aborted) return
    change({ is: 'out', error: `Signing in did not work. ${error instanceof Error ? error.message : ''}` })
  }
}

export function signOut(): void {
  attempt.abort()
  sessionStorage.removeItem(STORAGE_KEY)
  if (state.is === 'in') state.session.close()
  change({ is: 'out' })
}

/** After a reload: signs in again as the window's person, if there is one. */
export function resume(): void {
  const person = sessionStorage.getItem(STORAGE_KEY)
  if (person !== null) void signIn(person)
}
