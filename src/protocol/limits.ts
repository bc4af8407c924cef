/** Every limit a peer can meet, with its unit and the reason for its size. */

/** Bytes of one inbound frame. A push of 100 large edits fits; an attack does not. */
export const MAX_FRAME_BYTES = 256 * 1024

/** Bytes at which an outbound page is cut, so that no frame blocks a slow link for long. */
export const MAX_PAGE_BYTES = 256 * 1024

/** Operations in one edit: enough for a card with its checklist, small enough for one turn. */
export const MAX_OPS_PER_EDIT = 100

/** Bytes, as JSON, of one record, and of what the log keeps of one edit: a row of the object's storage holds 2 MB. */
export const MAX_STORED_BYTES = 1_500_000

/** Edits in one push: a full queue after a long offline spell goes up in a few frames. */
export const MAX_EDITS_PER_PUSH = 200

/** Subscriptions of one session: a screen needs a handful. */
export const MAX_SUBSCRIPTIONS = 64

/** Subscriptions of all sessions of a tenant: what an object can keep in memory with room to spare. */
export const MAX_TENANT_SUBSCRIPTIONS = 20_000

/** Characters of all queries that one person's sessions follow, with the rights: some forty with 1,000 ids each. */
export const MAX_PERSON_DEFINITIONS = 2 * 1024 * 1024

/** Characters of all different ones of a tenant, which an object holds in memory, parsed as well. */
export const MAX_TENANT_DEFINITIONS = 16 * 1024 * 1024

/**
 * Conditions of one query, as it comes to be in its normal form; a read rule may have as many, and both are
 * asked together with the place that a query begins after. A statement of SQLite takes 100 KB of text here.
 */
export const MAX_CONDITIONS = 128

/** Nesting of a query's conditions. SQLite takes expressions 100 deep here, of which lists take some. */
export const MAX_NESTING = 16

/** Values of one list in a query: the rows of a long screen. */
export const MAX_LIST_VALUES = 1_000

/** Values that one query compares with, those of its lists included. */
export const MAX_QUERY_VALUES = 4_000

/** Bytes of all these values as JSON: half a frame, so that a query always fits one. */
export const MAX_OPERAND_BYTES = 128 * 1024

/** Nesting of a query's JSON, before it is in its normal form. */
export const MAX_QUERY_DEPTH = 64

/** Columns that a query sorts by. */
export const MAX_ORDER_COLUMNS = 4

/** Records of one window: more than a screen or two of them is a page too long. */
export const MAX_WINDOW = 1_000

/** Rows of one read over HTTP: what an answer can carry without keeping the object from others for long. */
export const MAX_READ_ROWS = 10_000

/** Characters of such an answer, its tags included. A call between objects carries 32 MiB. */
export const MAX_READ_CHARACTERS = 8 * 1024 * 1024

/** Items of one page of a record's history: a few screens of them. */
export const MAX_HISTORY_ITEMS = 200

/** Characters of the tags in one frame; where more were touched, the frame says that all were. */
export const MAX_TAGS_CHARACTERS = 64 * 1024

/** Verdicts in one receipt that is told later than its push. */
export const MAX_VERDICTS = 200

/** Tags and patterns that a session watches. */
export const MAX_WATCHES = 256

/** UTF-16 units of a tag or a pattern. */
export const MAX_TAG_LENGTH = 256

/** Characters of frames that a session may have unread before it is sent no more rows. */
export const SEND_WINDOW = 1024 * 1024

/** Characters of frames after which a client says that it has read them: a small part of the window. */
export const SEEN_EVERY = 64 * 1024

/**
 * Characters that a person's clients are believed to have read without proof, at once. A client proves it, but for
 * what it was sent before its object slept.
 */
export const MAX_UNPROVEN_READS = 8 * 1024 * 1024

/** Characters of these that are added each second. */
export const UNPROVEN_READS_PER_SECOND = 1024 * 1024

/** Units of work that one session may have its object do at once: an edit, or a small frame, is one. */
export const MAX_SESSION_WORK = 20_000

/** Units that all sessions of a person may at once, with what is read without one. */
export const MAX_PERSON_WORK = 40_000

/** Units that are added to both each second: a bulk load by a script stays within it, and leaves others their part. */
export const WORK_PER_SECOND = 10_000

/** Frames of a session that are held back while it is in debt, before it is closed. */
export const MAX_HELD_FRAMES = 1_000

/** Characters of such frames. */
export const MAX_HELD_CHARACTERS = 2 * 1024 * 1024

/** Milliseconds that a session may stay behind before it is closed; its client resumes when it can. */
export const BEHIND_DEADLINE_MS = 60_000

/** Nesting of JSON in an inbound frame. */
export const MAX_DEPTH = 16

/** UTF-16 units in one string value. */
export const MAX_STRING_LENGTH = 64 * 1024

/** Items of one array in an inbound frame. */
export const MAX_ARRAY_ITEMS = 1_000

/** Entries of a version vector besides its prefix. */
export const MAX_VECTOR_ENTRIES = 32

/**
 * Milliseconds in which a fresh socket has to say hello: as long as its client waits for the welcome, so that
 * an object that is overrun with hellos turns nobody away who has said it.
 */
export const HELLO_DEADLINE_MS = 10_000

/** Edits of one client whose receipts it has not acknowledged; their verdicts are kept exactly. */
export const MAX_UNACKNOWLEDGED_EDITS = 4_096

/**
 * Characters of the reasons, as JSON, for which edits of one client were refused or undone, that it has not
 * acknowledged: they are written with each edit of the client.
 */
export const MAX_UNACKNOWLEDGED_REASONS = 128 * 1024

/** Accepted edits that wait for Postgres before new ones are refused as `outbox-full`. */
export const OUTBOX_HIGH_WATER = 100_000

/** Edits of a tenant that wait for Postgres to have them first: one of each of so many clients. */
export const MAX_PROPOSALS = 1_000

/** Milliseconds of the longest deadline for Postgres: a week. Whoever can wait longer needs none. */
export const MAX_DEADLINE_MS = 7 * 24 * 60 * 60 * 1_000

/** Bytes of a token. */
export const MAX_TOKEN_BYTES = 8 * 1024

/** Revocations that a tenant's object remembers: more than anybody makes within the life of a token, but for a flood. */
export const MAX_REVOCATIONS = 10_000

/** Tenants that one call of a service may be about: each is a request of its own, and a Worker may make so many. */
export const MAX_TENANTS_PER_CALL = 100

/** UTF-16 units of a person's name with that of the tenant: both were in one token. */
export const MAX_OWNER_LENGTH = 2 * MAX_TOKEN_BYTES

/** Clients of one subject in one tenant at a time: the tabs of a person who closes none, not a flood. */
export const MAX_CLIENTS_PER_SUBJECT = 64

/** Client ids of one subject that are kept as theirs without an edit: each load of a page draws one. */
export const MAX_KEPT_CLIENTS = 256

/**
 * Milliseconds without a sign of life after which a socket may give its place to another of the same person.
 * A page that is not in front pings once a minute at least, unless its browser has put it to sleep.
 */
export const SILENT_SOCKET_MS = 150_000

/**
 * Sockets of one subject: its clients' and, after a cut that only they have noticed, those that they come
 * back on.
 */
export const MAX_SOCKETS_PER_SUBJECT = 2 * MAX_CLIENTS_PER_SUBJECT

/**
 * Seconds that a request about a whole tenant waits for Postgres unless it says less: shorter than the time after
 * which proxies give a request up.
 */
export const PATIENCE_SECONDS = 25

/** Bytes of where a session is and what it follows, as JSON: an attachment of a socket has 16 KiB for all there is. */
export const MAX_PRESENCE_BYTES = 2 * 1024

/** Places that a session is in: a record on the screen, a field with its cursor, and some beside them. */
export const MAX_PLACES = 8

/** Places that a session follows: a list is followed as one, so a screen needs a handful. */
export const MAX_PLACES_FOLLOWED = 16

/** People that a session is told of, those first who came first: more than a screen names. */
export const MAX_PEERS = 64

/** UTF-16 units of a name, or of another claim, that people are shown of each other. */
export const MAX_SHOWN_LENGTH = 128

/** Milliseconds between two changes of one session, and between two times that anybody is told: ten a second. */
export const PRESENCE_EVERY_MS = 100

/**
 * Milliseconds within which whoever is seen gives a sign of life, by a heartbeat that nobody is woken for. That of
 * a page in front comes so often in any case.
 */
export const SIGN_EVERY_MS = 5_000

/**
 * Milliseconds without a sign of life after which somebody who is seen counts as gone. A sign may be three seconds
 * late, and the alarm that finds it missing two, within the ten seconds that are promised.
 */
export const PRESENCE_SILENT_MS = 8_000

/** Patches of one change of a text. What has more is said as one. */
export const MAX_PATCHES = 100

/** Characters, in base64, of the manuscript behind a text. One that grows beyond is made anew from the text. */
export const MAX_MANUSCRIPT_LENGTH = 400_000

/** Ids of Yjs that may write in one manuscript: each page that edits a text draws one. */
export const MAX_MANUSCRIPT_WRITERS = 1_000

/** Characters, in base64, of what a client says it has of a manuscript: an entry for each id that wrote in it. */
export const MAX_VECTOR_LENGTH = 32 * 1024

/** Values of each distribution that a client's report has: what it measures beyond until the next is not in it. */
export const MAX_REPORTED = 1_000

/** Buckets of each distribution in a report: times from a millisecond to a day need no more. */
export const MAX_REPORTED_BUCKETS = 192

/** A client reports at most this often, in ms, and only beside what it sends anyway. */
export const REPORT_EVERY_MS = 10_000

/** Milliseconds after a session's last report before which no other is counted: clocks and ways differ. */
export const REPORT_TAKEN_EVERY_MS = 5_000

/** Milliseconds that a time in a report may have: what takes a day was not waited for. */
export const MAX_REPORTED_TIME_MS = 24 * 3_600_000

/** Queries fetched anew that a report may count: more than a page has. */
export const MAX_REPORTED_RESYNCS = 1_000

/** Bytes that a report may count: more than a page receives between two of them. */
export const MAX_REPORTED_BYTES = 256 * 1024 * 1024
