import type { Mark } from '@tidemark/client/marks'
import { useMark as useMarkOf } from '@tidemark/client/react'
import { useSession } from '../session/use-session.ts'

/** How far this window's edits of a record have come, or those of one field of it. */
export function useMark(recordId: string, field?: string): Mark {
  return useMarkOf(useSession().marks, recordId, field)
}
