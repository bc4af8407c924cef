import type { EditHandle } from '@tidemark/client'
import type { Notices } from '../notices/notices.ts'
import type { MarkBoard } from './mark-board.ts'

/** What an edit is, for the person: `what` begins a sentence, `recordId` says which row shows its mark. */
export type TrackedEdit = { readonly what: string; readonly recordId: string; readonly edit: EditHandle }

/** Follows an edit over both of its lines, with the row's mark, and says so when it misses one. */
export async function trackEdit(marks: MarkBoard, notices: Notices, tracked: TrackedEdit): Promise<void> {
  const { what, recordId, edit } = tracked
  marks.put(recordId, { type: 'made' })
  const accepted = await edit.accepted
  if (!accepted.ok) {
    marks.put(recordId, { type: 'failed', from: 'saving' })
    notices.say(`${what} was not saved. ${accepted.error.message}`)
    return
  }
  marks.put(recordId, { type: 'accepted' })
  const committed = await edit.committed
  if (committed.ok) {
    marks.put(recordId, { type: 'committed' })
    return
  }
  marks.put(recordId, { type: 'failed', from: 'saved' })
  notices.say(`${what} was undone. ${committed.error.message}`)
}
