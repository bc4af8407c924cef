/** A mark says how far own edits have come: on their way, ordered at the edge, in Postgres; '' for none, and for one that failed. */
export type Mark = 'saving' | 'saved' | 'stored' | ''

/** Edits about one thing that are under way, by how far they are, and how the last one ended. */
export type Edits = {
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

export const NO_EDITS: Edits = { saving: 0, saved: 0, ended: undefined }

export function reduceEdits(edits: Edits, event: MarkEvent): Edits {
  switch (event.type) {
    case 'made':
      return { ...edits, saving: edits.saving + 1 }
    case 'accepted':
      return { ...edits, saving: edits.saving - 1, saved: edits.saved + 1 }
    case 'committed':
      return { ...edits, saved: edits.saved - 1, ended: 'stored' }
    case 'failed':
      return { ...edits, [event.from]: edits[event.from] - 1, ended: 'failed' }
  }
}

/** The mark to show: the least advanced edit counts. */
export function markOf({ saving, saved, ended }: Edits): Mark {
  if (saving > 0) return 'saving'
  if (saved > 0) return 'saved'
  return ended === 'stored' ? 'stored' : ''
}
