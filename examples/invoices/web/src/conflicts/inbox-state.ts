import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let isOpen = false

function set(next: boolean): void {
  isOpen = next
  for (const notify of listeners) notify()
}

export const openInbox = () => set(true)
export const closeInbox = () => set(false)

/** Whether the inbox is open over the page: its button is in the header, and at each field with a conflict. */
export function useInboxIsOpen(): boolean {
  return useSyncExternalStore(
    (notify) => {
      listeners.add(notify)
      return () => listeners.delete(notify)
    },
    () => isOpen,
  )
}
