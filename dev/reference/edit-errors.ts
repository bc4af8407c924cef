import { OWN_CLIENT, type Words } from './words.ts'

/** The codes of edits that have no effect. */
export const EDIT = {
  'bad-id': {
    means: 'An id that no record can have.',
    wayOut: 'Leave it to the client, or send text within the limits.',
  },
  'set-aside': {
    means: 'Postgres holds something under this id that no record can hold.',
    wayOut: 'Mend the row in Postgres; the sentence names the column.',
  },
  'unknown-column': {
    means: 'The collection has no such column.',
    wayOut: 'Check the name, and that the deployed application has it.',
  },
  'not-writable': {
    means: 'The column is not written by clients.',
    wayOut: 'Leave it out.',
  },
  'bad-value': {
    means: 'The value does not fit its column.',
    wayOut: 'The sentence says what fits.',
  },
  'missing-value': {
    means: 'A new record lacks a value that has no default.',
    wayOut: 'Give it.',
  },
  'bad-operation': {
    means: 'The operation does not go with the column’s policy.',
    wayOut: 'Use the one that the policy has; see [merging](merging.md).',
  },
  'not-found': {
    means: 'There is no such record, or it may not be seen.',
    wayOut: 'It may have been deleted: what was typed is in `db.refused`.',
  },
  exists: {
    means: 'There is a record with this id.',
    wayOut: 'Update it, or let the client draw the id.',
  },
  immutable: {
    means: 'The field is set once, and is set.',
    wayOut: 'Make another record.',
  },
  'illegal-transition': {
    means: 'The state cannot follow the one that the record is in.',
    wayOut: 'Look at the record: somebody may have moved it.',
  },
  'effect-only': {
    means: 'The field is written by the application’s effects.',
    wayOut: 'Write what the effect follows from.',
  },
  'insert-only': {
    means: 'Records of the collection do not change.',
    wayOut: 'Insert another.',
  },
  'write-refused': {
    means: 'The application’s rule does not let this person write this.',
    wayOut: 'The sentence is the rule’s.',
  },
  'effect-refused': {
    means: 'What has to follow from the edit cannot be done.',
    wayOut: 'The sentence says what stands in the way.',
  },
  'duplicate-mismatch': {
    means: 'A number that was used came again with other content.',
    wayOut: OWN_CLIENT,
  },
  'already-settled': {
    means: 'The edit was answered, and the answer is no longer kept.',
    wayOut: 'Nothing: the record shows what came of it.',
  },
  'vector-from-future': {
    means: 'The edit claims to have seen what has not happened.',
    wayOut: OWN_CLIENT,
  },
  deadline: {
    means: 'Postgres did not have the edit by the time that its author set.',
    wayOut: 'Try again, with a later one.',
  },
  'not-ready': {
    means: 'The client does not have yet what the edit needs.',
    wayOut: 'Wait for the query to be ready, as forms do.',
  },
  'client-closed': {
    means: 'The client was closed before.',
    wayOut: 'Make another with `createClient`.',
  },
} as const satisfies Words

/** The codes of edits that have to wait. */
export const WAIT = {
  gap: {
    means: 'An edit before it has not arrived.',
    wayOut: 'The client sends both again.',
  },
  hydrating: {
    means: 'The tenant is being loaded from Postgres.',
    wayOut: 'The client sends it again.',
  },
  'outbox-full': {
    means: 'Too many accepted edits wait for Postgres.',
    wayOut: 'The client sends it again; look at Postgres.',
  },
  'unacknowledged-full': {
    means: 'The client has not acknowledged earlier answers.',
    wayOut: 'It does, and sends the edit again.',
  },
  busy: {
    means: 'The object has more to do than it takes at once, or waits for Postgres.',
    wayOut: 'The client tries again by itself.',
  },
  internal: {
    means: 'A fault of the server.',
    wayOut: 'The client tries again; the server’s log names it.',
  },
} as const satisfies Words

/** The codes of accepted edits that Postgres undid. */
export const POSTGRES = {
  'refused-unique': {
    means: 'Another row has the value.',
    wayOut: 'Choose another; what was typed is in `db.refused`.',
  },
  'refused-foreign-key': {
    means: 'A row that it refers to is not there, or is referred to.',
    wayOut: 'Refer to another.',
  },
  'refused-check': {
    means: 'A constraint of the table does not hold.',
    wayOut: 'Change the value; declare the rule in the application, too, so that it is told at once.',
  },
  'refused-not-null': { means: 'The column needs a value.', wayOut: 'Give one.' },
  'refused-value': {
    means: 'The column’s type does not hold the value.',
    wayOut: 'Change the value.',
  },
  'refused-by-rule': {
    means: 'A trigger of the table refused it.',
    wayOut: 'The sentence is the trigger’s, where it may be read.',
  },
  'row-missing': {
    means: 'The row was deleted by somebody else.',
    wayOut: 'Nothing, or restore it.',
  },
  'row-exists': {
    means: 'Somebody else inserted a row of this id.',
    wayOut: 'Update that one.',
  },
  'depends-on-reverted': {
    means: 'An edit that it was made on was undone.',
    wayOut: 'Mend the first; then try this one again.',
  },
} as const satisfies Words
