import type { Claims } from '../../core/app/application.ts'
import type { TokenMarks } from '../../protocol/internal/credential.ts'
import type { SessionPresence, SessionState, Subscription } from './session-state.ts'

/** The state of a session that survives hibernation, in the socket's attachment. */
export type Attachment = {
  readonly id: string
  readonly claims: Claims
  /** The version of the protocol that its client speaks. */
  readonly protocol: number
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** What its token says of itself; absent where a Worker of an earlier deployment has let it in. */
  readonly marks?: TokenMarks | undefined
  /** When the client is to be told that its token ends, in ms since 1970; undefined once it was. */
  readonly warnAt: number | undefined
  /** Characters sent to the client, and those of them that it says it has read. */
  sent: number
  readonly seen: number
  readonly state: SessionState
  /** Where the session is, and what it was told of others. */
  readonly presence?: SessionPresence | undefined
}

/** Moves with the form in which attachments are kept: a socket may outlive the version that wrote its own. */
const VERSION = 4

/** An attachment has 16 KiB, so the many subscriptions in it are kept without their keys. */
type Packed = readonly [
  id: number,
  view: number,
  priority: number,
  since: number,
  after?: string,
  total?: number,
]

/** Makes the form in which an attachment is kept. */
export function pack({ state, ...rest }: Attachment): PackedAttachment {
  if (state.is !== 'greeted') return { ...rest, state, version: VERSION }
  const { subscriptions, waiting, evicted } = state
  const lists = [subscriptions, waiting, evicted].map((list) => list.map(packed))
  return {
    ...rest,
    state: { ...state, subscriptions: [], waiting: [], evicted: [] },
    lists,
    version: VERSION,
  }
}

/** The form in which an attachment is kept. */
export type PackedAttachment = Attachment & {
  readonly lists?: readonly (readonly Packed[])[]
  readonly version?: number
}

/** Reads what `pack` wrote. One of another version is of no use: its session has ended. */
export function unpack({
  lists: [subscriptions = [], waiting = [], evicted = []] = [],
  state,
  version,
  ...rest
}: PackedAttachment): Attachment {
  if (version !== VERSION) return { ...rest, state: { is: 'closed' } }
  if (state.is !== 'greeted') return { ...rest, state }
  const restored = {
    subscriptions: subscriptions.map(unpacked),
    waiting: waiting.map(unpacked),
    evicted: evicted.map(unpacked),
  }
  return { ...rest, state: { ...state, ...restored } }
}

function packed({ id, view, priority, since, paging }: Subscription): Packed {
  if (!paging) return [id, view, priority, since]
  return paging.total === undefined
    ? [id, view, priority, since, paging.after]
    : [id, view, priority, since, paging.after, paging.total]
}

function unpacked([id, view, priority, since, after, total]: Packed): Subscription {
  if (after === undefined) return { id, view, priority, since }
  return { id, view, priority, since, paging: { after, ...(total !== undefined && { total }) } }
}
