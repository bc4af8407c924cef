/** How far this window's own edits of one record have come. */
export type Mark = 'saving' | 'saved' | 'stored' | ''

/** Edits of one record under way, by how far they are, and how the last one ended. */
export type Marks = {
  readonly saving: number
  readonly saved: number
  readonly ended: 'stored' | 'failed' | undefined
}

export type MarkEvent =
  | { readonly type: 'made' }
  | { readonly type: 'accepted' }
  | { readonly type: 'committed' }
  /** Refused before it was accepted, or undone after. */
  | { readonly type: 'failed'; readonly from: 'saving' | 'saved' }

export const NO_MARKS: Marks = { saving: 0, saved: 0, ended: undefined }

export function reduceMarks(marks: Marks, event: MarkEvent): Marks {
  switch (event.type) {
    case 'made':
      return { ...marks, saving: marks.saving + 1 }
    case 'accepted':
      return { ...marks, saving: marks.saving - 1, saved: marks.saved + 1 }
    case 'committed':
      return { ...marks, saved: marks.saved - 1, ended: 'stored' }
    case 'failed':
      return { ...marks, [event.from]: marks[event.from] - 1, ended: 'failed' }
  }
}

/** The mark to show: the least advanced edit counts. */
export function markOf({ saving, saved, ended }: Marks): Mark {
  if (saving > 0) return 'saving'
  if (saved > 0) return 'saved'
  return ended === 'stored' ? 'stored' : ''
}
