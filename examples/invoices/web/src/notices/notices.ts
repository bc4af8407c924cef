/** A sentence for the person, shown until they dismiss it. */
type Notice = { readonly id: number; readonly text: string }

export type Notices = {
  subscribe(notify: () => void): () => void
  getSnapshot(): readonly Notice[]
  /** Shows a sentence; once, however often it is said while it is shown. */
  say(text: string): void
  dismiss(id: number): void
}

/** Keeps what went wrong until someone has read it: nothing typed is lost without a word. */
export function createNotices(): Notices {
  const listeners = new Set<() => void>()
  let notices: readonly Notice[] = []
  let lastId = 0
  const change = (next: readonly Notice[]) => {
    notices = next
    for (const notify of listeners) notify()
  }
  return {
    subscribe(notify) {
      listeners.add(notify)
      return () => listeners.delete(notify)
    },
    getSnapshot: () => notices,
    say(text) {
      if (notices.some((notice) => notice.text === text)) return
      lastId += 1
      change([...notices, { id: lastId, text }])
    },
    dismiss: (id) => change(notices.filter((notice) => notice.id !== id)),
  }
}
