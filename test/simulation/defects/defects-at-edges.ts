import { type Defect, defect } from './defect.ts'

const inLimits = [
  defect(
    'a list at its limit is refused',
    'src/protocol/filter-size.ts',
    'if (operands.length > MAX_LIST_VALUES)',
    'if (operands.length >= MAX_LIST_VALUES)',
  ),
  defect(
    'a query that is none ends its session',
    'src/tenant/views/subscribe.ts',
    "if ('error' in read) return refuse(session, id, read.error)",
    "if ('error' in read) {\n    parts.sessions.close(session, CLOSE.protocol, read.error)\n    return undefined\n  }",
  ),
  defect(
    'the client asks for whatever it is asked',
    'client/src/queries/queries.ts',
    "return 'query' in read ? read : {",
    "return 'query' in read || query ? { query } : {",
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
  ),
  defect(
    'a mended record stays set aside',
    'src/tenant/views/set-aside.ts',
    'txn.putAside({ ...before, due: true })',
    'txn.putAside(before)',
  ),
  defect(
    'a record that edits have replaced stays set aside',
    'src/tenant/upstream/take-range.ts',
    'const isMended = isAsHeld || ',
    'const isMended = ',
  ),
  defect(
    'nobody is told what is set aside',
    'src/tenant/upstream/take-answer.ts',
    '  tellAside(parts, news)\n',
    '',
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

/** In what is at a limit or beyond it: queries, ids and values, and people who share a page. */
export const AT_THE_EDGES: readonly Defect[] = [...inLimits, ...inWhatIsSetAside, ...inOwners]
