import { useConnection } from '@tidemark/client/react'
import { useDraftCount } from '../drafts/use-drafts.ts'
import { useSession } from '../session/use-session.ts'
import type { Unsent } from './connection-words.ts'

/** What would be lost with this window. */
export function useUnsent(): Unsent {
  const { unsent = 0 } = useConnection(useSession().db)
  return { edits: unsent, drafts: useDraftCount() }
}
