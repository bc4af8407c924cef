import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Session } from './session.ts'
import { getSnapshot, type SignIn, subscribe } from './sign-in-store.ts'

export const SessionContext = createContext<Session | undefined>(undefined)

/** The session of the person who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession needs a SessionContext above it')
  return session
}

export function useSignIn(): SignIn {
  return useSyncExternalStore(subscribe, getSnapshot)
}
