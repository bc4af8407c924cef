import { useState } from 'react'

/** Tells which records came after the list was first complete. */
export function useNewcomers(records: readonly { id: string }[], ready: boolean): (id: string) => boolean {
  const [first, setFirst] = useState<ReadonlySet<string>>()
  if (ready && !first) setFirst(new Set(records.map(({ id }) => id)))
  return (id) => first !== undefined && !first.has(id)
}
