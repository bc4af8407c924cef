/**
 * The protocol's version. A change to any frame schema changes the fingerprint in
 * `test/protocol/version.test.ts`, which fails until this number moves too.
 *
 * 1: hello, subscribe, unsubscribe, push, auth; welcome, view, page, rows, receipt,
 *    committed, expiring, progress, reset, error.
 * 2: hello names the log that the client holds, so that a log that lost something is noticed. Edits
 *    can be Postgres first: `durability` and `deadlineMs` of an edit and of a collection, `committed`
 *    of a verdict.
 * 3: updates and deletes say what unanswered edits of their author hid from it: `asOf`.
 * 4: subscriptions are queries, with priorities and sealed views; watch, unwatch, seen; invalidate,
 *    evicted, digest.
 * 5: intervals travel with their length, and parts without empty lists.
 * 6: the query of a subscription is judged apart from its frame, and compares with simple values only.
 *    welcome names the owner of the client, and hello repeats it. Codes for why a client is not connected.
 *    health, and `delayed` of welcome: whether edits are delayed on their way to Postgres.
 *    aside: records that are set aside are told. Ids travel as any text, and an edit is refused for one that is none.
 * 7: the frame `seen` is called `read-ack`, and what was a view's `seal` its `resumeToken`. The policies `max` and
 *    `min`. presence and peers: who is where. The operation `restore`; an insert may be an `upsert`. The policy `text`:
 *    changes of texts, `read-text` and `text`. `watched` of invalidate, and who watches tags is told of commits.
 *    Version 6 is spoken, too.
 * 8: metrics: what a client has measured. For that, welcome has the server's clock, and rows when their edits were
 *    accepted. Versions 6 and 7 are spoken, too.
 */
export const PROTOCOL_VERSION = 8

/**
 * The floor: the oldest version that is spoken beside the newest, by both sides. A page of it goes on working
 * while others are deployed, so this moves only once no page can be open that is older. How a version comes and
 * goes is told at the head of `earlier.ts`.
 */
export const MIN_PROTOCOL_VERSION = 6

/** Versions that are spoken, the newest first. */
export const SPOKEN_VERSIONS: readonly number[] = Array.from(
  { length: PROTOCOL_VERSION - MIN_PROTOCOL_VERSION + 1 },
  (_, i) => PROTOCOL_VERSION - i,
)

/** The newest version that is spoken, of those a peer offers; undefined when there is none. */
export function chooseVersion(offered: readonly number[]): number | undefined {
  return SPOKEN_VERSIONS.find((version) => offered.includes(version))
}

/** Characters of what a message repeats of what a peer offers. */
const MAX_REPEATED = 20

/** The sentence for a peer that offers other versions: why it is turned away, and what helps. */
export function unsupportedVersion(offered: number | string): string {
  const spoken = `${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`
  return `The server speaks protocols ${spoken}, not ${repeated(offered)}. Reload the application.`
}

/** The sentence for a peer whose versions are spoken here, and not by the object it is led to. */
export function otherDeployment(offered: string): string {
  return `This tenant is still served by another deployment, which does not speak protocol ${repeated(offered)}. Try again later.`
}

function repeated(offered: number | string): string {
  return String(offered).slice(0, MAX_REPEATED)
}

/** The WebSocket subprotocol that stands for a version. */
export function subprotocolOf(version: number): string {
  return `tidemark.v${version}`
}

/** The version a subprotocol stands for; NaN for another one. */
export function versionOf(subprotocol: string): number {
  return Number(/^tidemark\.v(\d{1,4})$/.exec(subprotocol)?.[1] ?? Number.NaN)
}

/** The subprotocols a client offers, the newest first. The server echoes the one that is to be spoken. */
export const SUBPROTOCOLS: readonly string[] = SPOKEN_VERSIONS.map(subprotocolOf)

/** The subprotocol of the newest version. */
export const SUBPROTOCOL = subprotocolOf(PROTOCOL_VERSION)

/** Prefix of one more subprotocol a client offers: it carries the token, and is never echoed. */
export const BEARER_PREFIX = 'bearer.'
