import { useState } from 'react'
import type { Entry } from './filter.ts'

/** Tells which entries came after the list was first complete. */
export function useNewcomers(entries: readonly Entry[], ready: boolean): (id: string) => boolean {
  const [first, setFirst] = useState<ReadonlySet<string>>()
  if (ready && !first) setFirst(new Set(entries.map(({ invoice }) => invoice.id)))
  return (id) => first !== undefined && !first.has(id)
}
