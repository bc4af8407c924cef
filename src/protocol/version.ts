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
 */
export const PROTOCOL_VERSION = 6

/** The WebSocket subprotocol a client offers and the server echoes. */
export const SUBPROTOCOL = 'tidemark.v6'

/** Prefix of the second subprotocol a client offers: it carries the token, and is never echoed. */
export const BEARER_PREFIX = 'bearer.'
