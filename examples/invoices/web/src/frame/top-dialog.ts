import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let open: readonly HTMLDialogElement[] = []

function set(next: readonly HTMLDialogElement[]): void {
  open = next
  for (const notify of listeners) notify()
}

/** A dialog keeps the rest of the page out of reach from now on. Returns how to say that it is over. */
export function enterDialog(dialog: HTMLDialogElement): () => void {
  set([...open, dialog])
  return () => set(open.filter((one) => one !== dialog))
}

/** The dialog that was opened last, while one is open. */
export function useTopDialog(): HTMLDialogElement | undefined {
  return useSyncExternalStore(
    (notify) => {
      listeners.add(notify)
      return () => listeners.delete(notify)
    },
    () => open.at(-1),
  )
}
