/** The rooms of `src/core`, the lowest first: a file imports from its own room and from lower ones. */
export const CORE_ORDER = [
  'records',
  'app',
  'log',
  'merge',
  'query',
  'access',
  'edits',
  'external',
  'outbox',
  'revert',
  'schedule',
] as const

/** The rooms of `client/src`, likewise. The files beside them stand above all rooms. */
export const CLIENT_ORDER = [
  'environment',
  'api',
  'transport',
  'connection',
  'queue',
  'replica',
  'edits',
  'queries',
  'session',
] as const
