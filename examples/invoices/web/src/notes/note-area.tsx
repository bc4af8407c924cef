import { Fragment, type ReactNode, useLayoutEffect, useRef } from 'react'
import { toneOf } from '../presence/initials.ts'
import type { Caret } from './carets.ts'

type Props = {
  text: string
  carets?: readonly Caret[]
  /** The `textarea`. */
  children: ReactNode
}

/**
 * A `textarea` as high as its text, with the carets of others in it. Over it lies the same text, unseen and in the same
 * lines, which has the carets at their places.
 */
export function NoteArea({ text, carets = [], children }: Props) {
  const layer = useRef<HTMLDivElement>(null)
  // A name goes to the side of its caret that has the room.
  useLayoutEffect(() => {
    const element = layer.current
    if (!element || carets.length === 0) return
    for (const caret of element.querySelectorAll<HTMLElement>('.caret'))
      caret.toggleAttribute('data-late', caret.offsetLeft > element.clientWidth / 2)
  })
  return (
    <div className="note-area">
      {children}
      <div className="note-layer" ref={layer} aria-hidden="true">
        {piecesOf(text, carets).map(({ before, caret }) => (
          <Fragment key={caret?.key ?? 'rest'}>
            {before}
            {caret && (
              <span className={`caret tone-${toneOf(caret.subject)}`} data-testid="notes-caret">
                <span className="caret-name">{caret.name}</span>
              </span>
            )}
          </Fragment>
        ))}
        {/* Without it a line break at the end would begin no line. */}
        {'\u200b'}
      </div>
    </div>
  )
}

/** The text cut where the carets are. */
function piecesOf(text: string, carets: readonly Caret[]): { before: string; caret?: Caret }[] {
  let at = 0
  const pieces: { before: string; caret?: Caret }[] = []
  for (const caret of carets.toSorted((a, b) => a.to - b.to)) {
    const to = Math.min(Math.max(caret.to, at), text.length)
    pieces.push({ before: text.slice(at, to), caret })
    at = to
  }
  return [...pieces, { before: text.slice(at) }]
}
