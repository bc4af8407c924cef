import { isPostgresFirst } from '../../../src/core/edits/durability.ts'
import type { Edit, Op } from '../../../src/protocol/edit.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import type { EditOptions } from '../api/types.ts'
import { Outcome } from '../queue/outcome.ts'
import { editBytes } from '../queue/push-size.ts'
import type { Queue } from '../queue/queue.ts'
import { whyUnsendable } from '../queue/sendable.ts'
import type { Replica } from '../replica/replica.ts'
import { Composer } from './composer.ts'
import { handleOf, refused } from './refused.ts'
import { undoOf } from './undo.ts'

type Port = {
  readonly replica: Replica
  readonly queue: Queue
  readonly newId: () => string
  /** Set once no edit can be sent any more. */
  readonly ended: () => WireError | undefined
  /** Makes another edit, by then. */
  readonly edit: (compose: (composer: Composer) => void, options?: EditOptions) => EditHandle
  /** Set while an edit of so many bytes is too many. */
  readonly full: (bytes: number) => WireError | undefined
  /** An edit was queued. */
  readonly queued: () => void
}

/** Makes one edit of what `compose` does, shows it at once unless it is Postgres first, and queues it. */
export function makeEdit(
  port: Port,
  compose: (composer: Composer) => void,
  options?: EditOptions,
): EditHandle {
  const { replica, queue } = port
  const composer = new Composer(replica.authorView, port.newId)
  compose(composer)
  const composed = composer.result
  const ended = port.ended()
  if (ended) return refused(ended)
  if ('error' in composed) return refused(composed.error)
  if (composed.ops.length === 0) return unchanged(replica.subscriptions.cursor ?? 0)
  const edit = numbered(port, composer, composed.ops, options)
  const unsendable = whyUnsendable(edit, edit.durability && options) ?? port.full(editBytes(edit))
  if (unsendable) return refused(unsendable)
  const entry = queue.add(edit)
  port.queued()
  return handleOf(entry.outcome, () => entry.edit.n, undoOf(entry, composer.changes, port.edit))
}

function numbered(
  { replica, queue }: Port,
  composer: Composer,
  ops: readonly Op[],
  options?: EditOptions,
): Edit {
  const { epoch, manifest, cursor = 0 } = replica.subscriptions
  if (epoch === undefined || !manifest) throw new Error('a manifest comes with an epoch')
  const edit = { n: queue.nextN, context: { epoch, seq: composer.seenUpTo(epoch, cursor) }, ops: [...ops] }
  // Said by each edit for itself, so that what is shown does not depend on a manifest that may change.
  if (!isPostgresFirst(manifest, { ...options, ops: edit.ops })) return edit
  return { ...edit, ...options, durability: 'committed' }
}

function unchanged(seq: number): EditHandle {
  const outcome = new Outcome()
  outcome.commit(seq)
  outcome.save()
  return handleOf(
    outcome,
    () => undefined,
    () => unchanged(seq),
  )
}
