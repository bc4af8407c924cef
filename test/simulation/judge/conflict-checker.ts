import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Edit, UpdateOp } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { type History, NO_CLIENTS, same } from './history.ts'
import type { Judge } from './judge.ts'
import type { SaidEdits } from './said-edits.ts'
import { saysSeen } from './seen-writes.ts'

/** Who wrote a field, and what was given; undefined where nobody can say what. */
type Write = { readonly actor: string; readonly n: number; readonly seq: number; readonly given?: Value }

/** The one who gave a value that met another. */
type Side = { readonly client: string; readonly n: number }

/**
 * Looks at each conflict as it is written: whose its two sides are, and what the author of the value that was
 * overwritten had in sight. From what clients said and the order of the log, without any code of the product.
 */
export class ConflictChecker {
  readonly #judge: Judge
  readonly #said: SaidEdits
  readonly #subjects = new Map<string, string>()
  readonly #writes = new Map<string, Write[]>()
  /** What there was up to here is not known. */
  #passed = 0

  constructor(said: SaidEdits, judge: Judge) {
    this.#said = said
    this.#judge = judge
  }

  /** Takes an entry of the time when rows still came from Postgres. */
  pass(entry: LogEntry): void {
    this.#passed = entry.seq
    this.#note(entry)
  }

  /** Takes an entry that the history has taken. */
  take(entry: LogEntry, history: History): void {
    this.#note(entry)
    if (NO_CLIENTS.includes(entry.actor) || entry.external || entry.undone) return
    for (const change of entry.changes)
      if (change.collection === CONFLICTS && change.kind === 'insert' && !change.revives)
        this.#check(change.after, entry, history)
  }

  #check(row: Row, { actor, n, seq }: LogEntry, history: History): void {
    const [winner, loser] = [sideOf(row['winner']), sideOf(row['loser'])]
    for (const [side, by] of [
      [winner, row['winnerBy']],
      [loser, row['loserBy']],
    ] as const) {
      const subject = side && this.#subjects.get(`${side.client}/${side.n}`)
      if (subject !== undefined)
        this.#judge.check('CNF', by === subject, () => `${row['id']} has ${by} as a side, and not ${subject}`)
    }
    const isOverwritten = loser && (loser.client !== actor || loser.n !== n)
    if (row['policy'] !== 'lww' || typeof row['field'] !== 'string' || !isOverwritten) return
    const base = this.#baseOf(row, row['field'], loser, history)
    if (!base) return
    const told = () =>
      `${row['id']} at ${seq} says ${JSON.stringify(row['base'])} was in sight, not ${JSON.stringify(base)}`
    // Not to know it is honest; to be wrong about it is not.
    this.#judge.check('CNF', row['base'] === null || same(row['base'], base), told)
  }

  /** What the author of a lost value had in sight; undefined where nobody can say. */
  #baseOf(row: Row, field: string, { client, n }: Side, history: History): { value: Value } | undefined {
    const [edit, ...others] = this.#said.of(client, n)
    const key = `${row['collection']}/${row['record']}`
    const op = edit && onlyUpdate(edit, key, field)
    const lost = history.placeOf(client, n)
    if (!edit || !op || others.length > 0 || lost === undefined) return undefined
    const { epoch, seq } = edit.context
    if (epoch !== history.epoch || op.blind) return undefined
    const { asOf = {} } = op
    const upTo = Math.min(seq, asOf[field] ?? seq, asOf['id'] ?? seq)
    if (upTo <= this.#passed) return undefined
    const later = (this.#writes.get(`${key} ${field}`) ?? []).filter(
      (met) => met.seq > upTo && met.seq < lost,
    )
    const own = later.findLast((met) => saysSeen(edit, client, met))
    if (own) return own.given === undefined ? undefined : { value: own.given }
    const held = history.rowAt(String(row['collection']), String(row['record']), upTo)
    return held && { value: held[field] ?? null }
  }

  #note({ seq, actor, n, subject, changes, external, reverts, undone }: LogEntry): void {
    const isPlain = !NO_CLIENTS.includes(actor) && !external && !reverts && !undone
    if (!NO_CLIENTS.includes(actor)) this.#subjects.set(`${actor}/${n}`, subject)
    const [edit, ...others] = isPlain ? this.#said.of(actor, n) : []
    for (const change of changes) {
      for (const field of Object.keys(change.kind === 'delete' ? change.before : change.after)) {
        const key = `${change.collection}/${change.id}`
        const op = edit && others.length === 0 ? onlyUpdate(edit, key, field)?.fields[field] : undefined
        const given = op && 'set' in op ? { given: op.set } : {}
        const writes = this.#writes.get(`${key} ${field}`) ?? []
        writes.push({ actor, n, seq, ...given })
        this.#writes.set(`${key} ${field}`, writes)
      }
    }
  }
}

/** The one operation of an edit that is about a record and sets a field of it; undefined where there are several. */
function onlyUpdate({ ops }: Edit, key: string, field: string): UpdateOp | undefined {
  const about = ops.filter((op) => `${op.collection}/${op.id}` === key)
  const [op] = about
  return about.length === 1 && op?.op === 'update' && Object.hasOwn(op.fields, field) ? op : undefined
}

function sideOf(side: Value | undefined): Side | undefined {
  if (typeof side !== 'object' || side === null) return undefined
  const { client, n } = Object.fromEntries(Object.entries(side))
  return typeof client === 'string' && typeof n === 'number' ? { client, n } : undefined
}
