/** Every limit a peer can meet, with its unit and the reason for its size. */

/** Bytes of one inbound frame. A push of 100 large edits fits; an attack does not. */
export const MAX_FRAME_BYTES = 256 * 1024

/** Bytes at which an outbound page is cut, so that no frame blocks a slow link for long. */
export const MAX_PAGE_BYTES = 256 * 1024

/** Operations in one edit: enough for an invoice with its lines, small enough for one turn. */
export const MAX_OPS_PER_EDIT = 100

/** Edits in one push: a full queue after a long offline spell goes up in a few frames. */
export const MAX_EDITS_PER_PUSH = 200

/** Subscriptions of one session: a screen needs a handful. */
export const MAX_SUBSCRIPTIONS = 64

/** Nesting of JSON in an inbound frame. */
export const MAX_DEPTH = 16

/** UTF-16 units in one string value. */
export const MAX_STRING_LENGTH = 64 * 1024

/** Items of one array in an inbound frame. */
export const MAX_ARRAY_ITEMS = 1_000

/** Entries of a version vector besides its prefix. */
export const MAX_VECTOR_ENTRIES = 32

/** Milliseconds in which a fresh socket has to say hello. */
export const HELLO_DEADLINE_MS = 5_000

/** Edits of one client whose receipts it has not acknowledged; their verdicts are kept exactly. */
export const MAX_UNACKNOWLEDGED_EDITS = 4_096

/** Accepted edits that wait for Postgres before new ones are refused as `outbox-full`. */
export const OUTBOX_HIGH_WATER = 100_000

/** Edits of a tenant that wait for Postgres to have them first: one of each of so many clients. */
export const MAX_PROPOSALS = 1_000

/** Milliseconds of the longest deadline for Postgres: a week. Whoever can wait longer needs none. */
export const MAX_DEADLINE_MS = 7 * 24 * 60 * 60 * 1_000

/** Bytes of a token. */
export const MAX_TOKEN_BYTES = 8 * 1024

/** Sockets of one subject in one tenant: tabs and devices of a person, not a flood. */
export const MAX_SOCKETS_PER_SUBJECT = 8
