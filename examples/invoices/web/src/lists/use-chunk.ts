import { useState } from 'react'

/** Rows drawn at first and with each "more": what a browser lays out within a frame or two. */
const CHUNK = 250

export type Chunk<Item> = {
  readonly shown: readonly Item[]
  /** How many are not shown, and how many of them the next step shows. */
  readonly hidden: number
  readonly next: number
  showMore(): void
}

/** The first items of a long list, and a way to see more. */
export function useChunk<Item>(items: readonly Item[]): Chunk<Item> {
  const [limit, setLimit] = useState(CHUNK)
  const hidden = Math.max(0, items.length - limit)
  return {
    shown: items.slice(0, limit),
    hidden,
    next: Math.min(hidden, CHUNK),
    showMore: () => setLimit(limit + CHUNK),
  }
}
