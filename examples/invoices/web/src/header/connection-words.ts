import type { ConnectionSnapshot } from '@tidemark/client'
import { NO_CONNECTION } from '../session/people.ts'

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

/** How many own edits are still on their way to the system of record, and where they wait; '' when all have arrived. */
export function pendingWords({ pending, unsent, state, persistence }: ConnectionSnapshot): string {
  if (pending === 0) return ''
  const waits = state === 'offline' && !unsent && isKept(persistence)
  return waits ? `${pending} kept on this device` : `${pending} not stored yet`
}

/** Whether edits are on the disk as they are made. */
function isKept(persistence: ConnectionSnapshot['persistence']): boolean {
  return persistence === 'kept' || persistence === 'edits-only' || persistence === 'lost'
}

const PERSISTENCE: Partial<Record<NonNullable<ConnectionSnapshot['persistence']>, string>> = {
  'edits-only':
    'This device is full. What you change is kept on it, but without a connection the page opens empty.',
  elsewhere:
    'Another window of this browser keeps your work on this device. What you change here is lost if this window closes before it is sent.',
  unavailable:
    'Nothing is kept on this device. What you change is lost if this window closes before it is sent.',
  lost: 'The browser had deleted what was kept on this device. It is kept anew; look whether your last changes are there.',
}

/** What a person needs to know of what the device keeps for them; undefined while all is kept. */
export function persistenceWords({ persistence }: ConnectionSnapshot): string | undefined {
  return persistence && PERSISTENCE[persistence]
}

/** Causes that say no more than "offline" does. They are often over before anybody could have read them. */
const NO_NEWS: ReadonlySet<string> = new Set(['connection-lost', 'no-answer'])

/** What no server has: edits that the device keeps, edits that go with this window, and what is only typed. */
export type Unsent = { readonly kept: number; readonly edits: number; readonly drafts: number }

/** The edits of a connection that no server has, as far as it can tell. */
export function unsentEdits({
  pending,
  unsent = 0,
  persistence,
}: ConnectionSnapshot): Omit<Unsent, 'drafts'> {
  return { kept: isKept(persistence) ? pending - unsent : 0, edits: unsent }
}

/** What a person needs to know beyond the state's name; undefined when that says it all. */
export function noteOf(
  { state, delayed, stalled, pending, cause }: ConnectionSnapshot,
  unsent: Unsent,
): { readonly text: string; readonly isBad: boolean } | undefined {
  if (state === 'needs-auth' && cause?.code === 'forbidden')
    return { text: `${cause.message} Sign out to go on as somebody else.`, isBad: true }
  if (state === 'needs-auth') return { text: signedOutWords(unsent), isBad: true }
  if (stalled) return { text: stalledWords(stalled, pending), isBad: true }
  if (delayed) return { text: delayedWords(delayed), isBad: false }
  if (!cause || NO_NEWS.has(cause.code) || cause.message.endsWith(NO_CONNECTION)) return undefined
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

function stalledWords({ cause }: NonNullable<ConnectionSnapshot['stalled']>, pending: number): string {
  const wait = pending === 1 ? '1 change waits' : `${pending.toLocaleString('en')} changes wait`
  return `The server takes no changes for now; ${wait} and will be sent. ${cause.message}`
}

function signedOutWords(unsent: Unsent): string {
  const words = unsentWords(unsent)
  return words === ''
    ? 'You are signed out. Sign in to go on where you are.'
    : `You are signed out. ${words}; sign in to go on where you are.`
}

/** Such as "2 unsent changes are kept on this device, and one draft in this window"; '' for nothing. */
function unsentWords({ kept, edits, drafts }: Unsent): string {
  const here = listWords(edits, drafts)
  const text =
    kept > 0
      ? `${changesWords(kept)} not stored yet ${isOrAre(kept)} kept on this device${here && `, and ${here} in this window`}`
      : here && `${here} ${isOrAre(edits + drafts)} kept in this window`
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** Such as "one unsent change and 2 drafts"; '' for none. */
function listWords(edits: number, drafts: number): string {
  return [
    ...(edits > 0 ? [edits === 1 ? 'one unsent change' : `${edits} unsent changes`] : []),
    ...(drafts > 0 ? [draftsWords(drafts)] : []),
  ].join(' and ')
}

/** What is asked before drafts are given up. */
export function draftsQuestion(drafts: number): string {
  const text = `${draftsWords(drafts)} ${isOrAre(drafts)} nowhere but in this window. Sign out and lose that?`
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** What is asked about edits that no server has answered. */
export function unsentQuestion(unsent: number): string {
  const text = `${changesWords(unsent)} ${unsent === 1 ? 'has' : 'have'} not been sent yet.`
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** What there is to know beside that question. */
export function unsentNote(
  unsent: number,
  { isWaiting, isLive }: { isWaiting: boolean; isLive: boolean },
): string {
  const [they, have] = unsent === 1 ? ['it', 'has'] : ['they', 'have']
  if (!isWaiting) return `What is to become of ${unsent === 1 ? 'it' : 'them'}?`
  const [sent, when] = isLive
    ? [unsent === 1 ? 'It is being sent.' : 'They are being sent.', '']
    : [unsent === 1 ? 'It is sent' : 'They are sent', ' as soon as there is a connection.']
  return `${sent}${when} You are signed out once ${they} ${have} arrived.`
}

const changesWords = (count: number) => (count === 1 ? 'one change' : `${count.toLocaleString('en')} changes`)
const draftsWords = (count: number) => (count === 1 ? 'one draft' : `${count} drafts`)
const isOrAre = (count: number) => (count === 1 ? 'is' : 'are')
