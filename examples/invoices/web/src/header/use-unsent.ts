import { useConnection } from '@tidemark/client/react'
import { useDraftCount } from '../drafts/use-drafts.ts'
import { useSession } from '../session/use-session.ts'
import { type Unsent, unsentEdits } from './connection-words.ts'

/** What of the person no server has. */
export function useUnsent(): Unsent {
  return { ...unsentEdits(useConnection(useSession().db)), drafts: useDraftCount() }
}
