import type { Row } from '../../protocol/value.ts'
import type { Application, Claims, Happened, NotifyPort } from '../app/application.ts'
import { conditionKeys, person } from '../app/audience.ts'
import { CONFLICTS, isBuiltIn, NOTIFICATIONS } from '../app/built-in.ts'
import type { Change } from '../log/log.ts'
import { hashText } from '../records/hash.ts'
import { roughSize } from '../records/rough-size.ts'
import { timestampOf } from '../records/timestamp.ts'
import { REVERT_ACTOR, SQL_ACTOR, type Version } from '../records/version-vector.ts'
import { Draft } from './draft.ts'
import { readTold, type Told } from './notification.ts'
import type { RuleFault, Turn } from './turn.ts'

/** Notifications that one edit may write, one for each audience, and characters of them. */
export const MAX_NOTIFICATIONS = 500
const MAX_CHARACTERS = 250_000

/** The author of what is drafted, as a rule is told of them. */
type Author = Pick<NotifyPort, 'by'> & { readonly claims?: Claims | undefined }

/** The record that a notification is about, and what it held if it is no more. */
type About = { readonly collection: string; readonly record: string; readonly was: Row | null }

/**
 * Writes what people are told of a draft's work, as part of the same work: what the application's rules say of each
 * record that it changes, and that a conflict waits. So it is stored, sent, undone and carried over as the rest is.
 */
export function notify(draft: Draft, turn: Turn, application: Application, author: Author): void {
  if (!application.notifications) return
  tellChanges(draft, turn, application, author)
  notifyOfConflicts(draft, turn, application, author.by)
}

/** Tells of the conflicts that a draft's work was found to be in, and of nothing else. */
export function notifyOfConflicts(draft: Draft, turn: Turn, application: Application, by: string): void {
  if (draft.conflicts.length === 0 || !application.notifications?.conflicts) return
  tellConflicts(draft, turn, new Writer(draft, turn, by))
}

function tellChanges(draft: Draft, turn: Turn, application: Application, author: Author): void {
  const { notifications: options, rules } = application
  if (!options) return
  const writer = new Writer(draft, turn, author.by)
  const port = portOf(draft, author)
  for (const change of draft.changes()) {
    const { collection } = change
    if (isBuiltIn(collection)) continue
    const happened = happenedBy(draft, change)
    const rule = happened && rules.get(collection)?.notify?.[happened.kind]
    if (!rule) continue
    const about = { collection, record: change.id, was: change.kind === 'delete' ? change.before : null }
    attempt(turn, { collection, rule: `notify.${happened.kind}` }, () =>
      writer.write(readTold(rule(happened, port), options.audience), about),
    )
  }
}

/**
 * Tells somebody that Postgres has refused an edit of theirs, as an entry of its own: what undoes an edit is nothing
 * that Postgres would be told.
 *
 * @param edit what it did; nothing is told of one that did nothing
 */
export function tellRefusal(
  turn: Turn,
  { notifications }: Application,
  edit: {
    readonly actor: string
    readonly n: number
    readonly subject: string
    readonly changes: readonly Change[]
  },
  error: { readonly code: string; readonly message: string },
): void {
  const { actor, n, subject } = edit
  const change = edit.changes.find(({ collection }) => !isBuiltIn(collection))
  if (!notifications?.refusals || !change || subject === '') return
  const { collection, id } = change
  const seq = turn.head + 1
  const draft = new Draft({ actor: REVERT_ACTOR, n: seq, seq }, turn.record)
  const was = turn.record(collection, id)?.row ?? (change.kind === 'delete' ? change.before : change.after)
  const data = { client: actor, n, code: error.code, message: error.message }
  const writer = new Writer(draft, turn, subject, `${actor}.${n}`)
  const told = [toPerson(subject, 'refused', data)]
  attempt(turn, { collection, rule: 'notify.refusal' }, () =>
    writer.write(told, { collection, record: id, was }),
  )
  const changes = draft.changes()
  if (changes.length === 0) return
  turn.append({ seq, actor: REVERT_ACTOR, n: seq, subject, at: turn.at, changes }, draft.records())
}

/** A conflict waits for whoever lost, and for both where nobody's value was taken for the better one. */
function tellConflicts(draft: Draft, turn: Turn, writer: Writer): void {
  for (const { collection, id, row, birth } of draft.touched()) {
    if (collection !== CONFLICTS || birth !== draft.version || row['state'] !== 'open') continue
    const sides = [row['loserBy'], ...(row['asked'] === true ? [row['winnerBy']] : [])]
    const [about, record] = [String(row['collection']), String(row['record'])]
    const field = row['field']
    const fields = typeof field === 'string' ? [field] : []
    const was = draft.record(about, record)?.row ?? null
    for (const side of new Set(sides)) {
      if (typeof side !== 'string' || side === '') continue
      const told = { ...toPerson(side, 'conflict', { conflict: id }), fields, group: record }
      attempt(turn, { collection: about, rule: 'notify.conflict' }, () =>
        writer.write([told], { collection: about, record, was }),
      )
    }
  }
}

/** What fails to tell, a rule or one of ours, costs nobody an edit: it tells nobody, and the turn names it. */
function attempt(turn: Turn, what: Omit<RuleFault, 'error'>, tell: () => void): void {
  try {
    tell()
  } catch (thrown) {
    turn.failed({ ...what, error: String(thrown) })
  }
}

function toPerson(subject: string, kind: string, data: Row): Told {
  const audiences = [conditionKeys(person(subject))]
  return { audiences, kind, data, group: null, once: undefined, self: true, fields: [] }
}

function portOf(draft: Draft, { by, claims }: Author): NotifyPort {
  return {
    by,
    claims,
    get(collection, id) {
      const record = draft.record(collection, id)
      return record?.deleted ? undefined : record?.row
    },
  }
}

/** A record that is back after somebody had deleted it is one that was changed. */
function happenedBy(draft: Draft, change: Change): Happened | undefined {
  const { collection, id, kind } = change
  if (kind === 'delete') return { kind, collection, id, row: change.before, before: change.before }
  const row = draft.record(collection, id)?.row
  if (!row) return undefined
  if (kind === 'update') return { kind, collection, id, row, before: { ...row, ...change.before } }
  const { revives } = change
  return { kind: revives ? 'update' : 'insert', collection, id, row, before: revives ?? row }
}

/** The pen of one draft: it writes no more than an edit may, and nothing twice. */
class Writer {
  readonly #draft: Draft
  readonly #turn: Turn
  readonly #by: string
  readonly #edit: string
  readonly #alike = new Map<string, number>()
  #rows = 0
  #characters = 0

  /** @param edit the edit that is told of, by a name that it has under every log */
  constructor(draft: Draft, turn: Turn, by: string, edit = nameOf(draft.version, turn.epoch)) {
    this.#draft = draft
    this.#turn = turn
    this.#by = by
    this.#edit = edit
  }

  /**
   * Writes notifications about a record. Throws, before anything is written, where that would be too much; one alone
   * never is, however much its record holds.
   */
  write(notifications: readonly Told[], about: About): void {
    const rows = notifications.flatMap((told) => this.#rowsOf(told, about))
    const characters = rows.reduce((sum, row) => sum + roughSize(row), this.#characters)
    const count = this.#rows + rows.length
    if (count > MAX_NOTIFICATIONS || (count > 1 && characters > MAX_CHARACTERS))
      throw new Error(`an edit tells ${MAX_NOTIFICATIONS} things at most, in ${MAX_CHARACTERS} characters`)
    this.#rows = count
    this.#characters = characters
    for (const row of rows) {
      const id = String(row['id'])
      // It was told before: the edit was taken once already, in Postgres or under an earlier log, or it is told once.
      if (this.#draft.record(NOTIFICATIONS, id)) continue
      this.#draft.put({ collection: NOTIFICATIONS, id, row, birth: this.#draft.version, versions: {} })
    }
  }

  #rowsOf(told: Told, { collection, record, was }: About): Row[] {
    const { kind, data, group, self, fields } = told
    const by = this.#by
    const own = conditionKeys(person(by)).join()
    const [edit, event] = this.#eventOf(told, collection, record)
    return told.audiences.flatMap((keys) => {
      if (!self && keys.join() === own) return []
      const [audience1 = '', audience2 = '', audience3 = ''] = keys
      const at = timestampOf(this.#turn.at)
      const audience = { audience1, audience2, audience3, self }
      const id = `${edit}.${hashText(`${event}\0${keys.join()}`)}`
      const of = { id, kind, event: `${edit}.${event}`, by, at, data: { ...data } }
      return { ...of, ...audience, groupKey: group, collection, record, fields: [...fields], was }
    })
  }

  /** The name of what is told, the same under every log: the edit, or that it is told once, and what of it. */
  #eventOf({ kind, once }: Told, collection: string, record: string): readonly [edit: string, event: string] {
    if (once !== undefined) return ['once', hashText(`${kind}\0${once}`)]
    const about = [collection, record, kind].join('\0')
    const place = this.#alike.get(about) ?? 0
    this.#alike.set(about, place + 1)
    return [this.#edit, hashText(`${about}\0${place}`)]
  }
}

/** What Postgres changed has no number of its own but its place in one log. */
function nameOf({ actor, n, seq }: Version, epoch: string): string {
  return actor === SQL_ACTOR || actor === REVERT_ACTOR ? `${actor}.${epoch}.${seq}` : `${actor}.${n}`
}
