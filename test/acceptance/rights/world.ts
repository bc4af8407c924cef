import type { RawPeer } from '../../../dev/harness/raw-peer.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { COLUMNS, type Name, ROLES, type Role, seenBy } from './oracle.ts'

/** A tenant as it should be: all rows as the writer has made them, and which words each person may have read. */
export class World {
  readonly rows = new Map<Name, Map<string, Row>>()
  /** By role, the words that were ever in something they see. */
  readonly mayKnow = new Map<Role, Set<string>>(ROLES.map((role) => [role, new Set()]))
  readonly #writer: RawPeer
  readonly #words: () => string

  constructor(writer: RawPeer, words: () => string) {
    this.#writer = writer
    this.#words = words
  }

  row(name: Name, id: string): Row | undefined {
    return this.rows.get(name)?.get(id)
  }

  /** A word that is nowhere else. */
  word(): string {
    return this.#words()
  }

  /** Makes one edit of one operation, and knows what it comes to. */
  async edit(op: Op & { collection: Name }): Promise<void> {
    await this.#writer.push([op])
    this.took(op)
  }

  close(): void {
    this.#writer.close()
  }

  /** Somebody has made an edit. */
  took(op: Op & { collection: Name }): void {
    const { collection, id } = op
    const ofName = this.rows.get(collection) ?? new Map<string, Row>()
    this.rows.set(collection, ofName)
    const before = ofName.get(id)
    if (op.op === 'delete') ofName.delete(id)
    else if (op.op === 'insert') ofName.set(id, { ...defaultsOf(collection), id, ...op.values })
    else if (op.op === 'update' && before) {
      const changed = Object.entries(op.fields).map(([name, field]): [string, Value] => {
        if ('set' in field) return [name, field.set]
        return [name, 'add' in field ? Number(before[name]) + field.add : null]
      })
      ofName.set(id, { ...before, ...Object.fromEntries(changed) })
    }
    for (const role of ROLES) {
      const known = wordsIn(JSON.stringify(seenBy(role, collection, ofName.get(id)) ?? null))
      for (const word of known) this.mayKnow.get(role)?.add(word)
    }
  }
}

/** The words of the matrix in a text. They end in what no drawn id and no token has. */
export function wordsIn(text: string): readonly string[] {
  return text.match(/[mf]\d+~/g) ?? []
}

function defaultsOf(name: Name): Row {
  const blank: Row = Object.fromEntries(COLUMNS[name].map((column) => [column, '']))
  if (name !== 'cards') return name === 'boardSettings' ? { ...blank, locale: 'en' } : blank
  const numbers = { pointsWon: 0, reactions: 0, bestScore: 0 }
  return { ...blank, ...numbers, status: 'draft', dueOn: null, startedOn: null, labels: [], advice: null }
}

/** The records that the matrix begins with: of each collection every kind that a rule tells apart. */
export function* seed(world: Pick<World, 'word'>): Generator<Op & { collection: Name }> {
  const insert = (collection: Name, id: string, values: Row) =>
    ({ op: 'insert', collection, id, values }) as const
  const { word } = { word: () => world.word() }
  for (const [id, name] of [
    ['assigned', 'B'],
    ['other', 'B'],
    ['apart', 'A'],
  ] as const)
    yield insert('assignees', id, { name: `${name}${word()}`, email: word(), city: word() })
  for (const assigneeId of ['assigned', 'other'])
    for (const status of ['draft', 'open', 'in_progress', 'finished', 'withdrawn'])
      yield insert('cards', `${assigneeId}-${status}`, {
        ...{ number: word(), assigneeId, status, targetPoints: 100, notes: word(), advice: word() },
        ...{ story: word(), labels: [word()], dueOn: '2026-01-01', startedOn: '2026-01-01' },
      })
  for (const kind of ['badge', 'medal', 'treat'])
    for (const awardedPoints of [5, 50]) {
      const values = { cardId: 'other-open', awardedPoints, kind, wonOn: '2026-01-01' }
      yield insert('prizes', `${kind}-${awardedPoints}`, values)
    }
  for (const locale of ['en', 'de'])
    yield insert('boardSettings', locale, { name: word(), welcome: word(), coverImage: word(), locale })
}

/** A value that a column may be set to; undefined for one that keeps its own or that others move. */
export function newValue(column: string, word: () => string): Value | undefined {
  switch (column) {
    case 'name':
    case 'email':
    case 'city':
    case 'notes':
    case 'story':
    case 'welcome':
    case 'coverImage':
      return word()
    case 'targetPoints':
      return Number(/\d+/.exec(word())?.[0])
    case 'dueOn':
      return '2027-01-01'
    default:
      return undefined
  }
}
