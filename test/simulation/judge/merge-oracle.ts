import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { DeleteOp, Edit, Op, UpdateOp } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { filled } from '../world/defaults.ts'
import { BEGINNING, type Expected, expectNothing, type Life, newLife, type Write } from './expected.ts'
import { ITEMS, merged, Unlawful, Untold, WORDS } from './field-outcome.ts'
import { type History, NO_CLIENTS, same } from './history.ts'
import { afterItems, itemsIn, itemsNamed, itemsOfOne, itemsOp, setsItems, tagsAfter } from './item-tags.ts'
import type { Judge } from './judge.ts'
import type { SaidEdits } from './said-edits.ts'
import { saysSeen } from './seen-writes.ts'

/** An item that is there by adds which nobody can tell. */
const unclear = (item: string): [string, readonly Write[]] => [item, ['unknown']]

/** Texts that several write. */
const TEXTS = ['welcome']

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
  /** What there was up to here is not known. */
  #passed = 0
  /** Where the schema changed last: no log is read back beyond that, so that nobody's sight before it is known. */
  #schemaSince = 0

  constructor(history: History, said: SaidEdits, judge: Judge) {
    this.#history = history
    this.#said = said
    this.#judge = judge
  }

  /** Takes the next entry, which the history has taken already. */
  take(entry: LogEntry): void {
    const said = this.#said.of(entry.actor, entry.n)
    const isPlain = !NO_CLIENTS.includes(entry.actor) && !entry.external && !entry.undone
    const judged = isPlain && said.length > 0 ? this.#compare(entry, said) : undefined
    this.#note(entry, isPlain ? said : [], judged)
  }

  /** Takes an entry of the time when rows still came from Postgres, which cannot be judged. */
  pass(entry: LogEntry): void {
    this.#passed = entry.seq
    this.#note(entry, this.#said.of(entry.actor, entry.n))
  }

  /** What an entry came to, as it should; undefined where nobody can tell, or it did not. */
  #compare(entry: LogEntry, said: readonly Edit[]): Expected | undefined {
    try {
      const outcomes = said.map((edit) => this.#outcome(entry, edit))
      const fitting = outcomes.find((outcome) => typeof outcome !== 'string')
      const told = () => `${entry.actor} said ${JSON.stringify(said)}, at ${entry.seq} ${outcomes[0]}`
      this.#judge.check('G10', fitting !== undefined, told)
      return fitting
    } catch (thrown) {
      if (thrown instanceof Untold) return undefined
      throw thrown
    }
  }

  /** What an edit should have come to, and has; or what is wrong about its entry. */
  #outcome({ seq, actor }: LogEntry, edit: Edit): Expected | string {
    const expected = expectNothing()
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
    const found = this.#keptBy(actor, edit.n, seq)
    const [kept, wanted] = [found.sort().join(), [...new Set(expected.conflicts)].sort().join()]
    return kept === wanted ? expected : `conflicts about "${kept}" instead of "${wanted}"`
  }

  /** The conflicts that an edit has found: under this log, or when it was taken before. */
  #keptBy(actor: string, n: number, seq: number): string[] {
    const rows = this.#history.rowsAt(CONFLICTS, seq)
    return rows
      .filter(({ id }) => String(id).startsWith(`${actor}.${n}.`))
      .map(({ collection, record, field }) => `${collection}/${record} ${field ?? ''}`)
  }

  #apply(op: Op, edit: Edit, write: Exclude<Write, 'unknown'>, expected: Expected): void {
    const { rows, conflicts, own } = expected
    const key = `${op.collection}/${op.id}`
    const row = rows.has(key) ? rows.get(key) : this.#rowAt(key, write.seq - 1)
    const life = this.#lives.get(key)
    if (op.op === 'insert') {
      if (row) throw new Unlawful(`${key} is there already`)
      const items = ITEMS in op.values ? { [ITEMS]: [...new Set(itemsIn(op.values[ITEMS]))].sort() } : {}
      rows.set(key, filled(op.collection, { ...op.values, ...items, id: op.id }))
      if (op.collection === 'prizes') this.#award(op.values, write, expected)
      return
    }
    if (op.op === 'restore') {
      if (row || rows.has(key)) throw new Unlawful(`${key} cannot be restored`)
      if (life?.birth === 'unknown' || life?.end === 'unknown') throw new Untold()
      rows.set(key, this.#lastRow(key, write.seq))
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
      if (op.op === 'update') conflicts.push(...fieldsOf(op.collection, op.id, op.fields).map(nameOf))
      return
    }
    if (!meansLife) {
      if (op.op === 'update') conflicts.push(...fieldsOf(op.collection, op.id, op.fields).map(nameOf))
      return
    }
    if (op.op === 'delete') {
      if (life?.birth === 'unknown') throw new Untold()
      rows.set(key, undefined)
      const written = new Set([...(life?.fields.keys() ?? []), ...Object.keys(op.asOf ?? {})])
      const unseen = [...written]
        .filter((name) => !own.has(`${key} ${name}`))
        .filter((name) => !hasSeen(life?.fields.get(name) ?? life?.birth ?? BEGINNING, name))
      const tags = [...(life?.tags.values() ?? [])].flat()
      const unseenItem = tags.some((tag) => tag !== life?.birth && !hasSeen(tag, ITEMS))
      if (unseenItem) unseen.push(ITEMS)
      if (!isOfThisEdit) conflicts.push(...unseen.map((name) => `${key} ${name}`))
      return
    }
    const after: Record<string, Value> = { ...row }
    for (const [name, incoming] of Object.entries(op.fields)) {
      const met = life?.fields.get(name) ?? life?.birth ?? BEGINNING
      // What texts come to that several write has laws of its own.
      if (TEXTS.includes(name) || 'text' in incoming) throw new Untold()
      if (name === ITEMS) {
        const birth = isOfThisEdit ? write : (life?.birth ?? BEGINNING)
        const tags = expected.tags.get(key) ?? (isOfThisEdit ? new Map() : life?.tags) ?? new Map()
        const held = { value: row[name] ?? null, tags, birth }
        const isSeen = isOfThisEdit || own.has(`${key} ${name}`) || hasSeen(met, name)
        const set = afterItems<Write>(held, itemsOp(incoming, held.value, isSeen), write, (tag) =>
          hasSeen(tag, name),
        )
        expected.tags.set(key, set.tags)
        own.add(`${key} ${name}`)
        after[name] = set.value
        continue
      }
      const current = row[name] ?? null
      const isUnseen = !isOfThisEdit && !own.has(`${key} ${name}`) && !hasSeen(met, name)
      const base = name === WORDS ? this.#base(key, op, edit, write, expected) : undefined
      const isConcurrent = isUnseen || (name === WORDS && this.#sawOwnPart(met, op, edit, base, current))
      const outcome = merged(name, current, incoming, isConcurrent, base)
      if (name === WORDS && 'set' in incoming) expected.given.set(key, incoming.set)
      if (!outcome.isWritten) expected.kept.add(`${key} ${name}`)
      if (outcome.isWritten) own.add(`${key} ${name}`)
      if (outcome.isConflict) conflicts.push(`${key} ${name}`)
      after[name] = outcome.value
    }
    rows.set(key, after)
  }

  /** What an author had in sight of the field that is merged by words; undefined where nobody can say. */
  #base(
    key: string,
    op: UpdateOp,
    edit: Edit,
    { actor, seq }: Exclude<Write, 'unknown'>,
    { rows, given }: Expected,
  ): Value | undefined {
    const own = given.get(key) ?? (this.#rowAt(key, seq - 1) ? undefined : rows.get(key)?.[WORDS])
    if (own !== undefined) return own
    const upTo = this.#prefix(op, edit, WORDS)
    const life = this.#lives.get(key)
    for (const { write, value } of life?.given.toReversed() ?? []) {
      if (write === 'unknown') throw new Untold()
      if (write.seq <= Math.max(upTo, this.#schemaSince)) break
      if (saysSeen(edit, actor, write)) return value
    }
    if (upTo === 0 && (edit.context.epoch !== this.#history.epoch || edit.context.seq > 0 || op.blind))
      return undefined
    if (upTo < this.#schemaSince) return undefined
    if (upTo < this.#passed || life?.birth === 'unknown') throw new Untold()
    return this.#rowAt(key, upTo)?.[WORDS]
  }

  /** Has an author seen its own part only of what a field was merged from, and not what that came to? */
  #sawOwnPart(met: Write, op: UpdateOp, edit: Edit, base: Value | undefined, current: Value): boolean {
    if (met === 'unknown') throw new Untold()
    return met.seq > this.#prefix(op, edit, WORDS) && !same(base, current)
  }

  /** Up to where an author had seen a field in this log; 0 where that was nothing of it. */
  #prefix(
    { asOf = {}, blind }: UpdateOp | DeleteOp,
    { context: { epoch, seq } }: Edit,
    field?: string,
  ): number {
    const hidden = field === undefined ? [] : [asOf[field], asOf['id']].filter((at) => at !== undefined)
    return epoch !== this.#history.epoch || blind ? 0 : Math.min(seq, ...hidden)
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
  #hasSeen(met: Write, op: UpdateOp | DeleteOp, edit: Edit, author: string, field?: string): boolean {
    if (met === 'unknown') throw new Untold()
    return met.seq <= this.#prefix(op, edit, field) || saysSeen(edit, author, met)
  }

  /** Notes who has written what. @param judged what it was found to have come to */
  #note(entry: LogEntry, said: readonly Edit[], judged?: Expected): void {
    const { seq, actor, n, subject, changes, external = [], reverts, undone } = entry
    if (actor === 'object' && subject.startsWith('schema ')) this.#schemaSince = seq
    const write: Write = reverts || undone ? 'unknown' : { actor, n, seq }
    for (const change of changes) {
      const key = `${change.collection}/${change.id}`
      const life = this.#life(key)
      if (change.kind === 'insert') {
        const value = change.after[WORDS]
        const given = value === undefined ? [] : [{ write, value }]
        // What comes back is what was there, so whoever gave some of it had that in sight.
        const before = change.revives ? life.given : []
        this.#lives.set(key, { ...newLife(write), given: [...before, ...given] })
      } else if (change.kind === 'delete') this.#lives.set(key, { ...life, end: write })
      else for (const name of Object.keys(change.after)) life.fields.set(name, write)
    }
    const ops = said.at(-1)?.ops ?? []
    this.#touched.set(
      seq,
      [...changes, ...external, ...ops].map(({ collection, id }) => `${collection}/${id}`),
    )
    for (const key of (reverts && this.#touched.get(reverts.seq)) ?? [])
      this.#lives.set(key, { ...newLife('unknown'), end: 'unknown' })
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
      const isKept = judged?.kept.has(`${key} ${name}`) ?? false
      if (!isTold && !isKept) this.#life(key).fields.set(name, 'unknown')
    }
    if (judged) this.#noteJudged(judged, write)
    else this.#noteUnjudged(entry, ops, [...meant, ...told], write)
  }

  #noteJudged({ tags, given, kept }: Expected, write: Write): void {
    for (const [key, ofItems] of tags) {
      this.#life(key).tags = ofItems
    }
    for (const [key, value] of given)
      if (!kept.has(`${key} ${WORDS}`)) this.#life(key).given.push({ write, value })
  }

  #noteUnjudged(
    { seq, external = [] }: LogEntry,
    ops: readonly Op[],
    touched: readonly (readonly [key: string, name: string])[],
    write: Write,
  ): void {
    const named = [
      ...external.flatMap(({ before, after }) => itemsOfOne(before[ITEMS], after[ITEMS])),
      ...ops.flatMap((op) => itemsNamed(op)),
    ]
    for (const key of new Set(touched.flatMap(([key, name]) => (name === ITEMS ? [key] : [])))) {
      const life = this.#life(key)
      const rows = [
        this.#rowAt(key, seq - 1)?.[ITEMS] ?? null,
        this.#rowAt(key, seq)?.[ITEMS] ?? null,
      ] as const
      // Whoever sets the whole has taken back own adds at least.
      const isWhole = ops.some((op) => `${op.collection}/${op.id}` === key && setsItems(op))
      const about = isWhole ? [...named, ...rows.flatMap(itemsIn)] : named
      life.tags = tagsAfter<Write>(life.tags, rows, about, write, 'unknown')
      // While rows still come from Postgres it is not known which items a record had.
      if (seq <= this.#passed) life.tags = new Map([...life.tags, ...about.map(unclear)])
    }
    for (const [key, name] of touched)
      if (name === WORDS) this.#life(key).given.push({ write: 'unknown', value: null })
  }

  /** What is known of a record; of one that was there before this log nothing but that. */
  #life(key: string): Life {
    const life = this.#lives.get(key) ?? newLife(BEGINNING)
    this.#lives.set(key, life)
    return life
  }

  /** The row that a record had when it was there last. */
  #lastRow(key: string, seq: number): Row {
    const [collection = '', id = ''] = key.split('/')
    const last = this.#history.lastRow(collection, id, seq)
    if (!last) throw new Untold()
    return last
  }

  #rowAt(key: string, seq: number): Row | undefined {
    const [collection = '', id = ''] = key.split('/')
    return this.#history.rowAt(collection, id, seq)
  }
}

function fieldsOf(collection: string, id: string, fields: object): [key: string, name: string][] {
  return Object.keys(fields).map((name) => [`${collection}/${id}`, name])
}

const nameOf = ([key, name]: [string, string]) => `${key} ${name}`
