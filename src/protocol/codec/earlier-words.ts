import type { Edit, Op } from '../edit.ts'
import type { Up } from '../up/up.ts'

/** A frame as a server that speaks a version takes it: the very same where it has not changed since. */
export function upIn(version: number, frame: Up): unknown {
  return version === 6 ? upIn6(frame) : frame
}

/** Whether a version has words for an edit; one that it has none for waits for a server of another. */
export function saysEdit(version: number, { ops }: Edit): boolean {
  if (version > 6) return true
  const saysParts = (op: Op) =>
    op.op === 'update' && Object.values(op.fields).some((field) => 'items' in field || 'text' in field)
  return ops.every((op) => op.op !== 'restore' && !saysParts(op))
}

/** Whether a version has words for presence; one that has none is told nothing of it. */
export function saysPresence(version: number): boolean {
  return version > 6
}

/** Whether a server of a version says which answer is to a watch, and when Postgres has what touched tags. */
export function saysCommits(version: number): boolean {
  return version > 6
}

function upIn6(frame: Up): unknown {
  if (frame[0] === 'read-ack') return ['seen', frame[1]]
  if (frame[0] === 'push') {
    const [kind, acknowledged, edits] = frame
    return [kind, acknowledged, edits.map((edit) => ({ ...edit, ops: edit.ops.map(opIn6) }))]
  }
  if (frame[0] !== 'subscribe' || !frame[1].resume) return frame
  const { resume, ...asked } = frame[1]
  const { resumeToken, ...held } = resume
  return ['subscribe', { ...asked, resume: { ...held, seal: resumeToken } }]
}

/** An upsert is told as an insert, which is refused where the record is there; what has no words at all waits. */
function opIn6(op: Op): unknown {
  if (op.op !== 'insert') return op
  return { op: op.op, collection: op.collection, id: op.id, values: op.values }
}
