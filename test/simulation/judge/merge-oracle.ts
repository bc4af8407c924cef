import type { Conflict, LogEntry } from '../../../src/core/log/log.ts'
import type { Edit, Op } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { filled } from '../world/defaults.ts'
import { type History, NO_CLIENTS, same } from './history.ts'
import type { Judge } from './judge.ts'

/** Who wrote something last. `unknown`: what undid an edit does not tell whose value it brought back. */
type Write = { readonly actor: string; readonly n: number; readonly seq: number } | 'unknown'

type Life = { readonly birth: Write; readonly end?: Write; readonly fields: Map<string, Write> }

/** What an edit should have come to: rows by collection and id, and what it has conflicts about. */
type Expected = {
  readonly rows: Map<string, Row | undefined>
  readonly conflicts: string[]
  /** Fields that the edit itself has written. */
  readonly own: Set<string>
}

/** What clients have sent, perhaps more than once. */
export class SaidEdits {
  readonly #edits = new Map<string, readonly Edit[]>()

  add(client: string, edit: Edit): void {
    const known = this.of(client, edit.n)
    if (!known.some((other) => same(other, edit))) this.#edits.set(`${client}/${edit.n}`, [...known, edit])
  }

  /** What was sent under a number: one edit, unless its client begins anew. */
  of(client: string, n: number): readonly Edit[] {
    return this.#edits.get(`${client}/${n}`) ?? []
  }
}

/** It was accepted, and ought not to have been. */
class Unlawful extends Error {}

/** Whose write it met cannot be told. */
class Untold extends Error {}

const BEGINNING: Write = { actor: '', n: 0, seq: 0 }

const COUNTERS = ['reactions']
const MAXIMA = ['bestScore']
const MINIMA = ['startedOn']
const IMMUTABLE = ['number', 'assigneeId']

const MOVES: Readonly<Record<string, readonly string[]>> = {
  draft: ['open', 'withdrawn'],
  open: ['in_progress', 'finished', 'withdrawn'],
  in_progress: ['finished', 'withdrawn'],
}

/**
 * Merges every client's edit once more, from what the client said and the order of the log: slow, obvious, and
 * without any code of the product. What comes from Postgres, and what undoes an edit, it takes from the log.
 */
export class MergeOracle {
  readonly #history: History
  readonly #judge: Judge
  readonly #said: SaidEdits
  readonly #lives = new Map<string, Life>()
  /** Records that an entry was about, by its seq. */
  readonly #touched = new Map<number, readonly string[]>()

  constructor(history: History, said: SaidEdits, judge: Judge) {
    this.#history = history
    this.#said = said
    this.#judge = judge
  }

  /** Takes the next entry, which the history has taken already. */
  take(entry: LogEntry, conflicts: readonly Conflict[]): void {
    const said = this.#said.of(entry.actor, entry.n)
    const isPlain = !NO_CLIENTS.includes(entry.actor) && !entry.external && !entry.undone
    if (isPlain && said.length > 0) this.#compare(entry, said, conflicts)
    this.#note(entry, isPlain ? said : [])
  }

  /** Takes an entry of the time when rows still came from Postgres, which cannot be judged. */
  pass(entry: LogEntry): void {
    this.#note(entry, this.#said.of(entry.actor, entry.n))
  }

  #compare(entry: LogEntry, said: readonly Edit[], conflicts: readonly Conflict[]): void {
    try {
      const misfits = said.map((edit) => this.#misfit(entry, edit, conflicts))
      const told = () => `${entry.actor} said ${JSON.stringify(said)}, at ${entry.seq} ${misfits[0]}`
      this.#judge.check('G10', misfits.includes(undefined), told)
    } catch (thrown) {
      if (!(thrown instanceof Untold)) throw thrown
    }
  }

  /** What is wrong about an entry; undefined when nothing is. */
  #misfit({ seq, actor }: LogEntry, edit: Edit, conflicts: readonly Conflict[]): string | undefined {
    const expected: Expected = { rows: new Map(), conflicts: [], own: new Set() }
    try {
      for (const op of edit.ops) this.#apply(op, edit, { actor, n: edit.n, seq }, expected)
    } catch (thrown) {
      if (thrown instanceof Unlawful) return thrown.message
      throw thrown
    }
    for (const [key, row] of expected.rows) {
      const held = this.#rowAt(key, seq)
      const fits =
        row && held ? Object.entries(row).every(([name, value]) => same(held[name], value)) : row === held
      if (!fits) return `${key} is ${JSON.stringify(held)} instead of ${JSON.stringify(row)}`
    }
    const told = conflicts.map(({ collection, id, field = '' }) => `${collection}/${id} ${field}`)
    const [kept, wanted] = [told.sort().join(), expected.conflicts.sort().join()]
    return kept === wanted ? undefined : `conflicts about "${kept}" instead of "${wanted}"`
  }

  #apply(op: Op, edit: Edit, write: Exclude<Write, 'unknown'>, expected: Expected): void {
    const { rows, conflicts, own } = expected
    const key = `${op.collection}/${op.id}`
    const row = rows.has(key) ? rows.get(key) : this.#rowAt(key, write.seq - 1)
    const life = this.#lives.get(key)
    if (op.op === 'insert') {
      if (row) throw new Unlawful(`${key} is there already`)
      rows.set(key, filled(op.collection, { ...op.values, id: op.id }))
      if (op.collection === 'prizes') this.#award(op.values, write, expected)
      return
    }
    const hasSeen = (met: Write, field?: string) => this.#hasSeen(met, op, edit, write.actor, field)
    const isOfThisEdit = rows.has(key) && !this.#rowAt(key, write.seq - 1)
    const meansLife =
      isOfThisEdit ||
      op.blind ||
      edit.context.epoch !== this.#history.epoch ||
      hasSeen(life?.birth ?? BEGINNING, 'id')
    if (!row) {
      if (hasSeen(life?.end ?? BEGINNING)) throw new Unlawful(`${key} is not there`)
      if (op.op === 'update') conflicts.push(`${key} `)
      return
    }
    if (!meansLife) {
      if (op.op === 'update') conflicts.push(`${key} `)
      return
    }
    if (op.op === 'delete') {
      if (life?.birth === 'unknown') throw new Untold()
      rows.set(key, undefined)
      const written = new Set([...(life?.fields.keys() ?? []), ...Object.keys(op.asOf ?? {})])
      const unseen = [...written]
        .filter((name) => !own.has(`${key} ${name}`))
        .some((name) => !hasSeen(life?.fields.get(name) ?? life?.birth ?? BEGINNING, name))
      if (unseen && !isOfThisEdit) conflicts.push(`${key} `)
      return
    }
    const after: Record<string, Value> = { ...row }
    for (const [name, incoming] of Object.entries(op.fields)) {
      const met = life?.fields.get(name) ?? life?.birth ?? BEGINNING
      const isConcurrent = !isOfThisEdit && !own.has(`${key} ${name}`) && !hasSeen(met, name)
      const outcome = merged(name, row[name] ?? null, incoming, isConcurrent)
      if (outcome.isWritten) own.add(`${key} ${name}`)
      if (outcome.isConflict) conflicts.push(`${key} ${name}`)
      after[name] = outcome.value
    }
    rows.set(key, after)
  }

  /** What a prize does to its card. */
  #award({ cardId, awardedPoints }: Row, { seq }: { seq: number }, { rows, own }: Expected): void {
    const key = `cards/${cardId}`
    const card = rows.has(key) ? rows.get(key) : this.#rowAt(key, seq - 1)
    if (!card || card['status'] === 'draft' || card['status'] === 'withdrawn')
      throw new Unlawful(`a prize of ${key}, which is ${card?.['status']}`)
    const pointsWon = Number(card['pointsWon']) + Number(awardedPoints)
    const status = pointsWon >= Number(card['targetPoints']) ? 'finished' : 'in_progress'
    rows.set(key, { ...card, pointsWon, status })
    own.add(`${key} pointsWon`).add(`${key} status`)
  }

  /** Had the author of an operation seen a write? */
  #hasSeen(
    met: Write,
    op: Exclude<Op, { op: 'insert' }>,
    { context }: Edit,
    author: string,
    field?: string,
  ): boolean {
    if (met === 'unknown') throw new Untold()
    if (met.actor === author) return true
    const { epoch, seq, seen = {} } = context
    const hidden = field === undefined ? [] : [op.asOf?.[field], op.asOf?.['id']]
    const prefix =
      epoch !== this.#history.epoch || op.blind
        ? 0
        : Math.min(seq, ...hidden.filter((at) => at !== undefined))
    return met.seq <= prefix || met.n <= (seen[met.actor] ?? 0)
  }

  /** Notes who has written what. */
  #note({ seq, actor, n, changes, external = [], reverts, undone }: LogEntry, said: readonly Edit[]): void {
    const write: Write = reverts || undone ? 'unknown' : { actor, n, seq }
    for (const change of changes) {
      const key = `${change.collection}/${change.id}`
      const life = this.#lives.get(key) ?? { birth: BEGINNING, fields: new Map() }
      this.#lives.set(key, life)
      if (change.kind === 'insert') this.#lives.set(key, { birth: write, fields: new Map() })
      else if (change.kind === 'delete') this.#lives.set(key, { ...life, end: write })
      else for (const name of Object.keys(change.after)) life.fields.set(name, write)
    }
    const ops = said.at(-1)?.ops ?? []
    this.#touched.set(
      seq,
      [...changes, ...external, ...ops].map(({ collection, id }) => `${collection}/${id}`),
    )
    for (const key of (reverts && this.#touched.get(reverts.seq)) ?? [])
      this.#lives.set(key, { birth: 'unknown', end: 'unknown', fields: new Map() })
    // What came to nothing may have left its mark all the same.
    const updates = ops.filter((op) => op.op === 'update')
    const meant = [
      ...external.flatMap(({ collection, id, after }) => fieldsOf(collection, id, after)),
      ...updates.flatMap(({ collection, id, fields }) => fieldsOf(collection, id, fields)),
    ]
    const told = changes.flatMap((change) =>
      change.kind === 'update' ? fieldsOf(change.collection, change.id, change.after) : [],
    )
    for (const [key, name] of meant) {
      const isTold = told.some(([toldKey, toldName]) => toldKey === key && toldName === name)
      if (!isTold) this.#lives.get(key)?.fields.set(name, 'unknown')
    }
  }

  #rowAt(key: string, seq: number): Row | undefined {
    const [collection = '', id = ''] = key.split('/')
    return this.#history.rowAt(collection, id, seq)
  }
}

function fieldsOf(collection: string, id: string, fields: object): [key: string, name: string][] {
  return Object.keys(fields).map((name) => [`${collection}/${id}`, name])
}

type Outcome = { readonly value: Value; readonly isWritten: boolean; readonly isConflict: boolean }

/** One field's new value, by the policy that the application declares for it. */
function merged(
  name: string,
  current: Value,
  incoming: { set: Value } | { add: number },
  isConcurrent: boolean,
): Outcome {
  if ('add' in incoming) {
    if (!COUNTERS.includes(name)) throw new Unlawful(`${name} is added to`)
    return { value: Number(current) + incoming.add, isWritten: true, isConflict: false }
  }
  const { set } = incoming
  if (same(set, current)) return { value: current, isWritten: true, isConflict: false }
  if (IMMUTABLE.includes(name) || COUNTERS.includes(name)) throw new Unlawful(`${name} is set`)
  if (MAXIMA.includes(name) || MINIMA.includes(name)) {
    const known = [current, set].filter((value) => value !== null).sort(byOrder)
    const value = (MAXIMA.includes(name) ? known.at(-1) : known[0]) ?? null
    return { value, isWritten: true, isConflict: false }
  }
  if (name !== 'status') return { value: set, isWritten: true, isConflict: isConcurrent }
  const isLegal = MOVES[String(current)]?.includes(String(set)) ?? false
  if (!isLegal && !isConcurrent) throw new Unlawful(`${current} becomes ${set}`)
  return { value: isLegal ? set : current, isWritten: isLegal, isConflict: isConcurrent }
}

/** Numbers by size, days by their text. */
function byOrder(a: Value, b: Value): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
}
