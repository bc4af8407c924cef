import { OWN_CLIENT, type Words } from './words.ts'

/** The codes for what is no frame. */
export const FRAME = {
  'bad-json': { means: 'The text is no JSON.', wayOut: OWN_CLIENT },
  'bad-frame': { means: 'The JSON has not the shape of a frame.', wayOut: OWN_CLIENT },
  'unknown-kind': { means: 'There is no frame of this name.', wayOut: OWN_CLIENT },
  'too-large': {
    means: 'A frame, an edit or a record is above its limit.',
    wayOut: 'Split it; see [limits](limits.md).',
  },
  'too-deep': { means: 'JSON is nested too deeply.', wayOut: 'Flatten the value.' },
  'forbidden-key': {
    means: 'A key such as `__proto__`.',
    wayOut: 'Name the column otherwise.',
  },
  'bad-text': {
    means: 'Text with half a character or with NUL, which Postgres cannot hold.',
    wayOut: 'Take these characters out.',
  },
  'bad-number': {
    means: 'A number that JSON or a column cannot hold exactly.',
    wayOut: 'Send whole numbers below 2^53, or text.',
  },
  'hello-first': { means: 'Something else came before `hello`.', wayOut: OWN_CLIENT },
  'hello-twice': { means: 'A second `hello` on one socket.', wayOut: OWN_CLIENT },
  'hello-late': {
    means: 'A socket on which nobody said `hello` in time.',
    wayOut: 'The client connects again by itself.',
  },
  'version-unsupported': {
    means: 'The page speaks a version of the protocol that the server does not.',
    wayOut: 'Load the page again: the state is `update-required`. Edits that wait are kept on a disk.',
  },
} as const satisfies Words

/** The codes that say who may speak. */
export const PERSON = {
  unauthenticated: {
    means: 'There is no token, or it is not believed.',
    wayOut: 'Sign in, then `db.connection.retry()`.',
  },
  'token-expired': {
    means: 'The token has ended.',
    wayOut: 'The client asks `getToken` for another; if that has none, sign in.',
  },
  revoked: {
    means: 'The sign-in was ended before its tokens were: by whoever administers the tenant.',
    wayOut: 'Sign in again, with a new client. What is unsent is kept on a disk for the same person.',
  },
  forbidden: {
    means: 'The person may not come in, or no longer.',
    wayOut: 'Ask whoever manages the tenant.',
  },
  'subject-changed': {
    means: 'A token of another person or tenant was given for a running session.',
    wayOut: 'Make a client for each person: `signOut()`, then `createClient`.',
  },
  'client-taken': {
    means: 'The client id is that of somebody else.',
    wayOut: 'Leave `clientId` out; the client draws one.',
  },
  replaced: {
    means: 'A newer connection of the same client took over.',
    wayOut: 'Nothing, where a page was loaded again; else give each client an id of its own.',
  },
  left: { means: 'The reader of events has left.', wayOut: 'Nothing.' },
  'too-many-sockets': {
    means: 'A person has as many clients connected as one may have.',
    wayOut: 'Close a page; with `share: tabs()` a browser has one connection.',
  },
} as const satisfies Words

/** The codes of subscriptions. */
export const QUERY = {
  'unknown-collection': {
    means: 'The application serves no collection of this name.',
    wayOut: 'Declare it in `defineApp`, and deploy.',
  },
  'bad-query': {
    means: 'A filter, an order or a limit cannot be asked.',
    wayOut: 'The sentence names what; see [limits](limits.md).',
  },
  'too-many-subscriptions': {
    means: 'A session, or a tenant, follows as many queries as it may.',
    wayOut: 'Unsubscribe from what is not shown.',
  },
  'too-many-watches': {
    means: 'A session watches as many tags as it may.',
    wayOut: 'Watch a pattern, such as `orders_*`.',
  },
  'too-slow': {
    means: 'The client has not read what it was sent.',
    wayOut: 'It comes back by itself and resumes.',
  },
  diverged: {
    means: 'The client holds what the server does not have.',
    wayOut: 'It loads what it follows anew by itself.',
  },
} as const satisfies Words

/** The codes that a device says of itself. */
export const DEVICE = {
  'not-saved': {
    means: 'The disk did not take the edit: it is lost if the page is closed.',
    wayOut: 'Leave the page open until it is sent; free some space.',
  },
  'queue-full': {
    means: 'As many edits wait on this device as it keeps.',
    wayOut: 'Connect; the edit was not taken, and nothing of it is shown.',
  },
  'no-network': { means: 'The device has no network.', wayOut: 'It connects by itself.' },
  'no-answer': {
    means: 'The server does not answer.',
    wayOut: 'It connects by itself; `retry()` does so at once.',
  },
  'connection-lost': {
    means: 'The connection ended.',
    wayOut: 'It connects by itself.',
  },
  'token-failed': {
    means: '`getToken` failed, or did not answer.',
    wayOut: 'It asks again by itself; look at what gives the token.',
  },
  'signed-out': {
    means: 'Nobody is signed in.',
    wayOut: 'Sign in, then `db.connection.retry()`.',
  },
} as const satisfies Words
