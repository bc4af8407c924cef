import { type PendingEdit, pendingEdit } from '../queue/pending-edit.ts'
import type { KeptEdit } from './disk.ts'

/** An edit of an earlier visit, as it stood then. Nobody of this page waits for it. */
export function entryOf({ edit, accepted, places }: KeptEdit): PendingEdit {
  const entry = pendingEdit(edit)
  entry.outcome.save()
  if (accepted !== undefined) {
    entry.progress = { is: 'accepted', seq: accepted }
    entry.outcome.accept(accepted)
  }
  for (const [epoch, seq] of places) entry.places.set(epoch, seq)
  return entry
}
