import type { Edit, Op } from '../../../src/protocol/edit.ts'
import type { PicturedEdit } from '../trace/picture.ts'
import type { Tracer } from '../trace/tracer.ts'
import { clockTime, element, table } from './elements.ts'
import type { LogPlace } from './log-place.ts'

/** Own edits that the latency is of: the newest. */
const LATENCY_OF = 50

/** The connection: its state and cause, where the client is in the log, and how long own edits take. */
export function connectionTab({ picture, link, madeOf, recorder }: Tracer, place: LogPlace): Element {
  const { connection } = picture
  const { state, cause, retryAt, rttMs, lastSyncedAt, pending, unsent, held, stalled, delayed, persistence } =
    connection
  const facts: [string, string | undefined][] = [
    ['State', link.isUp ? state : `${state}, the link is dropped here`],
    ['Cause', cause && `${recorder.error(cause).message} (${cause.code})`],
    ['Since', clockTime(picture.since)],
    ['Next attempt', retryAt === undefined ? undefined : clockTime(retryAt)],
    ['Last heard', lastSyncedAt === undefined ? undefined : clockTime(lastSyncedAt)],
    ['Round trip', rttMs === undefined ? undefined : `${rttMs} ms`],
    ['Epoch', place.epoch],
    ['Cursor', place.cursor?.toString()],
    ['Own edits', `${pending} pending${unsent === undefined ? '' : `, ${unsent} nowhere but here`}`],
    ['Accepted after', latencyOf(picture.edits)],
    ['Held for others', held?.toString()],
    ['Stalled', stalled && `since ${clockTime(stalled.since)} (${stalled.cause.code})`],
    ['Postgres delayed', delayed && `${delayed.waiting} waiting (${delayed.cause})`],
    ['Persistence', persistence ?? 'none'],
    ['Client', madeOf && `${madeOf.client} of ${madeOf.tenant}`],
    ['Parts', madeOf?.parts.join(', ') || 'none'],
  ]
  const told = facts.flatMap(([name, fact]) =>
    fact === undefined ? [] : [element('dt', {}, name), element('dd', {}, fact)],
  )
  return element('dl', {}, ...told)
}

/** The middle and the longest time from an edit to its receipt; undefined before there is one. */
function latencyOf(edits: readonly PicturedEdit[]): string | undefined {
  const times = edits
    .flatMap(({ madeAt, acceptedAt }) => (acceptedAt === undefined ? [] : [acceptedAt - madeAt]))
    .slice(-LATENCY_OF)
    .sort((a, b) => a - b)
  if (times.length === 0) return undefined
  return `${times[Math.floor(times.length / 2)]} ms in the middle, ${times.at(-1)} ms at most, of ${times.length}`
}

/** The queries that somebody listens to. */
export function queriesTab({ picture, recorder }: Tracer): Element {
  const rows = picture.queries.map(({ query, priority, listeners, snapshot }) => {
    const { collection, ...conditions } = recorder.query(query)
    const { status, error, evicted, progress } = snapshot
    const loaded = progress && `${progress.stage} ${progress.done} of ${progress.total}`
    const told = [error ? `${status}: ${error.code}` : status, evicted && 'evicted', loaded]
    return [
      element('b', {}, collection),
      state(told.filter(Boolean).join(', '), error ? 'bad' : status === 'ready' ? 'good' : 'under-way'),
      String(snapshot.rows.length),
      String(listeners),
      priority,
      element('code', {}, Object.keys(conditions).length > 0 ? JSON.stringify(conditions) : 'all'),
    ]
  })
  return table(
    ['Collection', 'State', 'Rows', 'Listeners', 'Priority', 'Query'],
    rows,
    'Nobody listens to a query.',
  )
}

/** Own edits, the newest first. */
export function editsTab({ picture, recorder }: Tracer): Element {
  const rows = [...picture.edits].reverse().map((pictured) => {
    const { entry, madeAt, acceptedAt, endedAt } = pictured
    const { edit, progress } = entry
    const failed = progress.is === 'failed' ? recorder.error(progress.error) : undefined
    const ended = progress.is === 'failed' || progress.is === 'committed'
    return [
      String(edit.n),
      state(progress.is, failed ? 'bad' : ended ? 'good' : 'under-way'),
      acceptedAt === undefined ? '' : `${acceptedAt - madeAt} ms`,
      endedAt === undefined ? '' : `${endedAt - madeAt} ms`,
      element(
        'div',
        {},
        element('code', {}, operations(recorder.edit(edit))),
        failed ? element('span', { class: 'bad' }, `${failed.message} (${failed.code})`) : '',
      ),
    ]
  })
  return table(['n', 'State', 'Accepted after', 'Ended after', 'Operations'], rows, 'No edit was made yet.')
}

function state(words: string, kind: 'good' | 'bad' | 'under-way'): Element {
  return element('span', { class: `state ${kind}` }, words)
}

function operations({ ops }: Edit): string {
  return ops.map(operation).join('\n')
}

function operation(op: Op): string {
  const place = `${op.collection} ${op.id}`
  switch (op.op) {
    case 'insert':
      return `${op.upsert ? 'upsert' : 'insert'} ${place} ${JSON.stringify(op.values)}`
    case 'update':
      return `update ${place} ${JSON.stringify(op.fields)}`
    default:
      return `${op.op} ${place}`
  }
}
