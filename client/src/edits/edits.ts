import { is } from 'valibot'
import { isPostgresFirst } from '../../../src/core/edits/durability.ts'
import { deadlineSchema, type Edit, type Op } from '../../../src/protocol/edit.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import { MAX_FRAME_BYTES } from '../../../src/protocol/limits.ts'
import { pushSchema } from '../../../src/protocol/up/push.ts'
import type { EditHandle, EditOptions } from '../api/types.ts'
import { Outcome } from '../queue/outcome.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import { editBytes, MAX_PUSH_BYTES } from '../queue/push-size.ts'
import type { Queue } from '../queue/queue.ts'
import { whyNoFrame } from '../queue/sendable.ts'
import type { Replica } from '../replica/replica.ts'
import { Composer } from './composer.ts'

type Port = {
  readonly replica: Replica
  readonly queue: Queue
  readonly newId: () => string
  /** Set once no edit can be sent any more. */
  readonly ended: () => WireError | undefined
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
  const unsendable = whyUnsendable(edit)
  if (unsendable) return refused(unsendable)
  const entry = queue.add(edit)
  port.queued()
  return handleOf(entry)
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

/** What the server would never take would be sent again for ever, so it is not queued. */
function whyUnsendable(edit: Edit): WireError | undefined {
  if (editBytes(edit) > MAX_PUSH_BYTES) {
    return wireError('too-large', `An edit has to fit a frame of ${MAX_FRAME_BYTES} bytes.`)
  }
  if (edit.deadlineMs !== undefined && !is(deadlineSchema, edit.deadlineMs)) {
    return wireError('bad-value', 'A deadline is whole milliseconds, from 1 to a week.')
  }
  return whyNoFrame(['push', 0, [edit]], pushSchema, 'bad-operation')
}

function handleOf(entry: PendingEdit): EditHandle {
  return {
    get n() {
      return entry.edit.n
    },
    accepted: entry.outcome.accepted,
    committed: entry.outcome.committed,
  }
}

function refused(error: WireError): EditHandle {
  const outcome = new Outcome()
  outcome.fail(error)
  return { n: undefined, accepted: outcome.accepted, committed: outcome.committed }
}

function unchanged(seq: number): EditHandle {
  const outcome = new Outcome()
  outcome.commit(seq)
  return { n: undefined, accepted: outcome.accepted, committed: outcome.committed }
}
