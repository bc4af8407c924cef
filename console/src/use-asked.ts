import { useEffect, useState } from 'react'

/** Milliseconds between two questions while the page is looked at. */
const EVERY_MS = 5_000

export type Asked<Value> = {
  readonly value: Value | undefined
  readonly error: string | undefined
  readonly again: () => void
}

/**
 * Asks now and again, as long as the page is looked at. What was told last stays while a question fails.
 *
 * @param question the same function as long as the same is asked
 */
export function useAsked<Value>(question: () => Promise<Value>): Asked<Value> {
  const [told, setTold] = useState<{ of: typeof question; value: Value }>()
  const [error, setError] = useState<string>()
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round asks once more
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const next = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const value = await question()
          if (isOver) return
          setTold({ of: question, value })
          setError(undefined)
        } catch (thrown) {
          if (!isOver) setError(thrown instanceof Error ? thrown.message : String(thrown))
        }
      }
      if (!isOver) timer = setTimeout(next, EVERY_MS)
    }
    void next()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [question, round])
  const value = told?.of === question ? told.value : undefined
  return { value, error, again: () => setRound((was) => was + 1) }
}
