import { useEffect, useSyncExternalStore } from 'react'

type Editor = typeof import('./note-editor.tsx')['NoteEditor']

/** The editor of notes, which is no part of the page's first script. */
type Loading =
  | { readonly is: 'waiting' | 'loading' | 'failed' }
  | { readonly is: 'ready'; readonly Editor: Editor }

const listeners = new Set<() => void>()
let state: Loading = { is: 'waiting' }

function change(next: Loading): void {
  state = next
  for (const notify of listeners) notify()
}

/** Loads the editor, once: a browser keeps that a script could not be loaded until the page is loaded anew. */
export function loadEditor(): void {
  if (state.is !== 'waiting') return
  change({ is: 'loading' })
  import('./note-editor.tsx').then(
    ({ NoteEditor }) => change({ is: 'ready', Editor: NoteEditor }),
    () => change({ is: 'failed' }),
  )
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  return () => listeners.delete(notify)
}

/** The editor as soon as it is there. */
export function useEditor(): Loading {
  useEffect(loadEditor, [])
  return useSyncExternalStore(subscribe, () => state)
}
