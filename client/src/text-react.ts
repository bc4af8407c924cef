import { useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import type { TextSelection } from './text/selection.ts'
import type { TextHandle, TextSnapshot } from './text/types.ts'

type Area = HTMLTextAreaElement | HTMLInputElement

/** What a `textarea` is given, so that it shows a text and what is typed in it goes into the text. */
type TextAreaProps = {
  readonly ref: (area: Area | null) => void
  readonly value: string
  readonly onChange: (event: { readonly currentTarget: Area }) => void
  readonly onSelect: () => void
  readonly onCompositionStart: () => void
  readonly onCompositionEnd: () => void
}

/**
 * Renders a text that several write, and follows it while the component is mounted. The caret stays where it is while
 * others type. Make the handle once: `useMemo(() => openText(db, 'cards', id, 'notes'), [id])`.
 *
 * @example const { status, area } = useText(handle); return <textarea {...area} readOnly={status !== 'ready'} />
 */
export function useText(handle: TextHandle): TextSnapshot & { readonly area: TextAreaProps } {
  const snapshot = useSyncExternalStore(handle.subscribe, handle.getSnapshot, handle.getSnapshot)
  const area = useRef<Area | null>(null)
  const release = useRef<(() => void) | undefined>(undefined)
  const { text, selection } = snapshot
  useLayoutEffect(() => {
    const element = area.current
    // Rendering a text that others have changed moves the caret to its end.
    if (!element || !selection || document.activeElement !== element || element.value !== text) return
    if (element.selectionStart !== selection.start || element.selectionEnd !== selection.end)
      element.setSelectionRange(selection.start, selection.end)
  }, [text, selection])
  return {
    ...snapshot,
    area: {
      ref: (element) => {
        area.current = element
      },
      value: text,
      onChange: ({ currentTarget }) => handle.setText(currentTarget.value, selectionOf(currentTarget)),
      onSelect: () => {
        const element = area.current
        if (element && element.value === handle.getSnapshot().text) handle.select(selectionOf(element))
      },
      onCompositionStart: () => {
        release.current ??= handle.hold()
      },
      onCompositionEnd: () => {
        release.current?.()
        release.current = undefined
      },
    },
  }
}

function selectionOf({ selectionStart, selectionEnd, value }: Area): TextSelection {
  const start = selectionStart ?? value.length
  return { start, end: selectionEnd ?? start }
}
