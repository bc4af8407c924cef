import { useEffect, useState } from 'react'
import { fetchPeople, type Person } from './people.ts'

export type People =
  | { readonly is: 'loading' }
  | { readonly is: 'ready'; readonly people: readonly Person[] }
  | { readonly is: 'failed'; readonly error: string }

export function usePeople(): People {
  const [people, setPeople] = useState<People>({ is: 'loading' })
  useEffect(() => {
    const attempt = new AbortController()
    fetchPeople(attempt.signal).then(
      (list) => setPeople({ is: 'ready', people: list }),
      (error: unknown) => {
        if (attempt.signal.aborted) return
        setPeople({ is: 'failed', error: error instanceof Error ? error.message : String(error) })
      },
    )
    return () => attempt.abort()
  }, [])
  return people
}
