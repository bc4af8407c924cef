import { useUnsaved } from '../data/use-mark.ts'
import { useDraftCount } from '../drafts/use-drafts.ts'
import type { Unsent } from './connection-words.ts'

/** What would be lost with this window. */
export function useUnsent(): Unsent {
  return { edits: useUnsaved(), drafts: useDraftCount() }
}
