import { useEffect, useState } from 'react'
import { fetchPeople, type Person } from './people.ts'
import { remembered } from './remembered.ts'

export type People =
  | { readonly is: 'loading' }
  | { readonly is: 'ready'; readonly people: readonly Person[] }
  /** The server did not say; `here` are those whom this browser remembers. */
  | { readonly is: 'failed'; readonly error: string; readonly here: readonly Person[] }

/** The people as they were last heard of: names do not blink, and are there without a connection. */
let known: People = { is: 'loading' }

export function usePeople(): People {
  const [people, setPeople] = useState<People>(known)
  useEffect(() => {
    const attempt = new AbortController()
    fetchPeople(attempt.signal).then(
      (list) => {
        known = { is: 'ready', people: list }
        setPeople(known)
      },
      (error: unknown) => {
        if (attempt.signal.aborted || known.is === 'ready') return
        setPeople({
          is: 'failed',
          error: error instanceof Error ? error.message : String(error),
          here: remembered(),
        })
      },
    )
    return () => attempt.abort()
  }, [])
  return people
}

/** Those whose names are known by now. */
export function namesAmong(people: People): readonly Person[] {
  if (people.is === 'ready') return people.people
  return people.is === 'failed' ? people.here : []
}
