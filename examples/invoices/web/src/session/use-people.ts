import { useEffect, useState } from 'react'
import { fetchPeople, type Person } from './people.ts'

export type People =
  | { readonly is: 'loading' }
  | { readonly is: 'ready'; readonly people: readonly Person[] }
  | { readonly is: 'failed'; readonly error: string }

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
        setPeople({ is: 'failed', error: error instanceof Error ? error.message : String(error) })
      },
    )
    return () => attempt.abort()
  }, [])
  return people
}
