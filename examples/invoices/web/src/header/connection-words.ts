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

/** Causes that say no more than "offline" does. They are often over before anybody could have read them. */
const NO_NEWS: ReadonlySet<string> = new Set(['connection-lost', 'no-answer'])

/** What is nowhere but in this window. */
export type Unsent = { readonly edits: number; readonly drafts: number }

/** What a person needs to know beyond the state's name; undefined when that says it all. */
export function noteOf(
  { state, delayed, cause }: ConnectionSnapshot,
  unsent: Unsent,
): { readonly text: string; readonly isBad: boolean } | undefined {
  if (state === 'needs-auth' && cause?.code === 'forbidden')
    return { text: `${cause.message} Sign out to go on as somebody else.`, isBad: true }
  if (state === 'needs-auth') return { text: signedOutWords(unsent), isBad: true }
  if (delayed) return { text: delayedWords(delayed), isBad: false }
  if (!cause || NO_NEWS.has(cause.code)) return undefined
  return { text: cause.message, isBad: true }
}

function delayedWords({ cause, waiting }: NonNullable<ConnectionSnapshot['delayed']>): string {
  const wait = waiting === 1 ? '1 edit waits' : `${waiting.toLocaleString('en')} edits wait`
  if (cause === 'parked') {
    return waiting === 0
      ? 'The database has to be mended before anything new reaches it'
      : `Saved at the edge; the database has to be mended, ${wait}`
  }
  return waiting === 0
    ? 'The database does not answer; this is being tried again'
    : `Saved at the edge; the database is delayed, ${wait}`
}

function signedOutWords({ edits, drafts }: Unsent): string {
  const kept = unsentWords({ edits, drafts })
  return kept === ''
    ? 'You are signed out. Sign in to go on where you are.'
    : `You are signed out. ${kept} kept in this window; sign in to go on where you are.`
}

/** Such as "2 unsent changes and a draft are"; '' for nothing. */
function unsentWords({ edits, drafts }: Unsent): string {
  const parts = [
    ...(edits > 0 ? [edits === 1 ? 'One unsent change' : `${edits} unsent changes`] : []),
    ...(drafts > 0 ? [drafts === 1 ? 'one draft' : `${drafts} drafts`] : []),
  ]
  if (parts.length === 0) return ''
  const text = `${parts.join(' and ')} ${edits + drafts === 1 ? 'is' : 'are'}`
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** What is asked before all of it is given up. */
export function signOutQuestion(unsent: Unsent): string | undefined {
  const kept = unsentWords(unsent)
  return kept === '' ? undefined : `${kept} nowhere but in this window. Sign out and lose that?`
}
