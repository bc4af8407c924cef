import type { ConnectionSnapshot } from '@tidemark/client'

const WORDS: Record<ConnectionSnapshot['state'], string> = {
  offline: 'offline',
  connecting: 'connecting',
  'catching-up': 'catching up',
  live: 'live',
  'needs-auth': 'signed out',
  'update-required': 'update needed',
  closed: 'closed',
}

export function connectionWords(state: ConnectionSnapshot['state']): string {
  return WORDS[state]
}

/** How many own edits are still on their way to the system of record, or '' when all have arrived. */
export function pendingWords(pending: number): string {
  return pending === 0 ? '' : `${pending} not stored yet`
}
