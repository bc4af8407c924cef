import type { Claims } from '../../core/app/application.ts'
import type { Log } from '../../platform/log-line.ts'
import { wireError } from '../../protocol/errors.ts'
import { type HistoryRequest, readHistoryRequest } from '../../protocol/history.ts'
import type { HistoryAnswer } from '../../protocol/internal/tenant-answers.ts'
import { type Past, readEdit, readRecord, recall } from './history.ts'

/** The means to answer questions about the past. */
export type Answering = Past & {
  readonly log: Log
  readonly lifecycle: { readonly isComplete: boolean; readonly isFenced: boolean }
}

/** Answers a question about the past, as JSON. Never throws. */
export async function answerHistory(parts: Answering, claims: Claims, text: string): Promise<HistoryAnswer> {
  const { lifecycle, log } = parts
  const read = readHistoryRequest(text)
  if ('error' in read) return { is: 'refused', error: read.error }
  const isReady = () => lifecycle.isComplete && !lifecycle.isFenced
  if (!isReady()) return { is: 'loading' }
  try {
    const answer = await ask(parts, claims, read.request)
    // While Postgres was asked the object may have begun another log, of which not all is here yet.
    if (!isReady()) return { is: 'loading' }
    return 'code' in answer ? { is: 'refused', error: answer } : { is: 'told', text: JSON.stringify(answer) }
  } catch (thrown) {
    log('history-failed', { error: String(thrown) })
    const message = 'This could not be read; ask whoever runs the service.'
    return { is: 'refused', error: wireError('internal', message) }
  }
}

function ask(parts: Past, claims: Claims, request: HistoryRequest) {
  switch (request.ask) {
    case 'record':
      return readRecord(parts, claims, request)
    case 'edit':
      return readEdit(parts, claims, request.edit)
    case 'recall':
      return recall(parts, claims, request)
  }
}
