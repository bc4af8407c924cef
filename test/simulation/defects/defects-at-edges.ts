import { type Defect, defect } from './defect.ts'

const inLimits = [
  defect(
    'a list at its limit is refused',
    'src/protocol/filter-size.ts',
    'if (operands.length > MAX_LIST_VALUES)',
    'if (operands.length >= MAX_LIST_VALUES)',
    ['ask', 'limits'],
  ),
  defect(
    'a query that is none ends its session',
    'src/tenant/views/subscribe.ts',
    "if ('error' in read) return refuse(session, id, read.error)",
    "if ('error' in read) {\n    parts.sessions.close(session, CLOSE.protocol, read.error)\n    return undefined\n  }",
    ['ask', 'limits'],
  ),
  defect(
    'the client asks for whatever it is asked',
    'client/src/queries/queries.ts',
    "return 'query' in read ? read : {",
    "return 'query' in read || query ? { query } : {",
    ['ask', 'limits'],
  ),
]

const inWindows = [
  defect(
    'what a window lets in is not told',
    'src/core/query/window-members.ts',
    'notIn(is.slice(near), was.slice(far))',
    'notIn(is.slice(near), is)',
    ['ask'],
  ),
]

const inWhatIsSetAside = [
  defect(
    'what cannot be an id is one',
    'src/postgres/answers/fit-row.ts',
    'if (reason !== undefined) return { reason }',
    '',
  ),
  defect(
    'a value that cannot be shown is shown',
    'src/postgres/answers/fit-row.ts',
    'if (invalid) return { reason: invalid.message, column: column.name }',
    '',
    ['external', 'poisoned'],
  ),
  defect(
    'a mended record stays set aside',
    'src/tenant/views/set-aside.ts',
    'txn.putAside({ ...before, due: true })',
    'txn.putAside(before)',
    ['external', 'poisoned'],
  ),
  defect(
    'a record that edits have replaced stays set aside',
    'src/tenant/upstream/take-range.ts',
    'const isMended = isAsHeld || ',
    'const isMended = ',
    ['external', 'poisoned', 'lostAnswer', 'postgresFirst'],
  ),
  defect(
    'nobody is told what is set aside',
    'src/tenant/upstream/take-answer.ts',
    '  tellAside(parts, news)\n',
    '',
    ['external', 'odd'],
  ),
]

const inOwners = [
  defect(
    'edits go up as those of whoever uses the page',
    'client/src/queue/people.ts',
    'this.#current = this.#away.get(name) ?? this.#newOwner(this.#port.newId(), name)',
    'this.#current = { ...this.#newOwner(this.#port.newId(), name), queue: this.#current.queue }',
  ),
  defect(
    'what one person saw is shown to the next',
    'client/src/replica/subscriptions.ts',
    '      view.held = undefined\n      view.instead.clear()\n',
    '',
  ),
]

const inNotifications = [
  defect(
    'nobody is told of an effect’s cause',
    'src/core/edits/notify.ts',
    '    if (isBuiltIn(collection)) continue\n    const happened',
    "    if (isBuiltIn(collection) || collection === 'prizes') continue\n    const happened",
  ),
  defect(
    'a notification goes out before its turn is stored',
    'src/tenant/inbox/take-turn.ts',
    '  pruneNotifications(parts.store, parts.app, turn)\n',
    '  pruneNotifications(parts.store, parts.app, turn)\n  if (turn.tells) publish(parts, turn, new Set())\n',
  ),
  defect(
    'what is told is told again under a new log',
    'src/core/outbox/carry.ts',
    'for (const change of kept) repeatBuiltIn(draft, change)',
    "for (const change of kept)\n    repeatBuiltIn(\n      draft,\n      change.kind === 'insert'\n        ? { ...change, id: seq + change.id, after: { ...change.after, id: seq + change.id } }\n        : change,\n    )",
  ),
]

/** In what is at a limit or beyond it: queries, ids and values, and people who share a page; and in what people are told. */
export const AT_THE_EDGES: readonly Defect[] = [
  ...inLimits,
  ...inWindows,
  ...inWhatIsSetAside,
  ...inOwners,
  ...inNotifications,
]
