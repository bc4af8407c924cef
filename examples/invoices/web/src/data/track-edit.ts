import type { EditHandle } from '@tidemark/client'
import type { Marks } from '@tidemark/client/marks'
import type { Notices } from '../notices/notices.ts'
import { reasonOf } from '../wording/reasons.ts'

/** An edit, for the person: `what` begins a sentence; the record, and the field if it is of one, show its mark. */
export type TrackedEdit = {
  readonly what: string
  readonly recordId: string
  readonly edit: EditHandle
  readonly field?: string | undefined
}

/** Follows an edit over both of its lines, with the record's mark, and says so when it misses one. */
export async function trackEdit(marks: Marks, notices: Notices, tracked: TrackedEdit): Promise<void> {
  const { what, recordId, field } = tracked
  const edit = marks.follow(tracked.edit, recordId, field)
  const accepted = await edit.accepted
  if (!accepted.ok) {
    notices.say(`${what} was not saved. ${reasonOf(accepted.error)}`)
    return
  }
  const committed = await edit.committed
  if (!committed.ok) notices.say(`${what} was undone. ${reasonOf(committed.error)}`)
}
