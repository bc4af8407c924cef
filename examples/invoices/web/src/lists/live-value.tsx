import { type ReactNode, useState } from 'react'

type Props = {
  value: string | number | null
  /** The change is this window's own: the person has just made it and needs no hint. */
  own: boolean
  children: ReactNode
}

/** Shows a value, with a hint that fades when someone else changes it. The hint takes no room. */
export function LiveValue({ value, own, children }: Props) {
  const [seen, setSeen] = useState(value)
  const [flashes, setFlashes] = useState(0)
  if (value !== seen) {
    setSeen(value)
    if (!own) setFlashes(flashes + 1)
  }
  // A new key is a new element, and its animation starts from the beginning.
  return (
    <span key={flashes} className={flashes > 0 ? 'flash' : undefined}>
      {children}
    </span>
  )
}
