import type { Peer } from '@tidemark/client'
import { useState } from 'react'
import { type Caret, caretsOf, shifted } from './carets.ts'

type Carets = {
  readonly carets: readonly Caret[]
  /** Something was typed here: the text became another, and the own caret is at a place of it. */
  typed(before: string, after: string, ownCaret: number): void
}

/** Where the others are in a field, live. */
export function useCarets(people: readonly Peer[], field: string): Carets {
  const [carets, setCarets] = useState<readonly Caret[]>([])
  const now = caretsOf(people, field, carets)
  const isNew = now.length !== carets.length || now.some((caret, i) => caret !== carets[i])
  if (isNew) setCarets(now)
  return {
    carets: isNew ? now : carets,
    typed: (before, after, ownCaret) => setCarets((known) => shifted(known, before, after, ownCaret)),
  }
}
