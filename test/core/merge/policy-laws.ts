import * as fc from 'fast-check'
import { expect } from 'vitest'
import { replay } from '../../../client/src/replica/replay-op.ts'
import type { Conflict } from '../../../src/core/log/log.ts'
import { canonicalItems } from '../../../src/core/records/items.ts'
import type { FieldOp, UpdateOp } from '../../../src/protocol/edit.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { board, cards } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant } from '../../support/memory-tenant.ts'

/** A field of the board's cards for each policy that a client can write by. */
export const FIELDS = {
  lww: 'title',
  counter: 'votes',
  immutable: 'owner',
  states: 'state',
  max: 'best',
  min: 'first',
  set: 'labels',
  ask: 'advice',
  merge: 'story',
} as const

/** Cases of each policy in the tests, and in the proof: there 108,000 in all. Half of them begin with the same seed. */
export const CASES = 2_200
export const PROOF_CASES = 12_000
export const SEED = 20_261_129

/** A seed that no run had; a failure prints it. */
export const newSeed = (): number => Math.floor(Math.random() * 2 ** 31)

export type Policy = keyof typeof FIELDS
export const POLICIES = Object.keys(FIELDS) as Policy[]

const ACTORS = 4
const STATES = ['open', 'won', 'lost', 'archived']
const MOVES: Readonly<Record<string, readonly string[]>> = { open: ['won', 'lost'], won: ['archived'] }
const ITEMS = ['a', 'b', 'c', 'd']

/** Somebody looks at the card, or writes a field of it, with whatever it has seen by then. */
export type Step = { readonly who: number; readonly looks: boolean; readonly n: number; readonly m: number }

export const script: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    who: fc.nat(ACTORS - 1),
    looks: fc.nat(3).map((number) => number === 0),
    n: fc.nat(11),
    m: fc.nat(3),
  }),
  { minLength: 1, maxLength: 24 },
)

function opOf(policy: Policy, { n, m, who }: Step): FieldOp {
  switch (policy) {
    case 'counter':
      return { add: n - 5 }
    case 'states':
      return { set: STATES[n % STATES.length] ?? null }
    case 'max':
      return { set: n }
    case 'min':
      return { set: n === 11 ? null : `2026-01-${10 + n}` }
    case 'set': {
      const items = [ITEMS[n % 4] ?? '', ITEMS[m] ?? '']
      if (n < 5) return { items: { add: items } }
      if (n < 9) return { items: { remove: items } }
      return { items: { add: items.slice(0, 1), remove: items.slice(1) } }
    }
    case 'merge':
      return { set: [`w${n % 4}`, `v${m}`].join(' ') }
    case 'ask':
      return { set: n === 11 ? null : `said ${n % 4} by ${who}` }
    default:
      return { set: `wrote ${n % 4}` }
  }
}

/** One of the authors: what it has seen of the field, and of a set's items by whom they were added. */
type Screen = { shown: Value; upTo: number; readonly own: Set<number>; seen: Set<string> }

/** The field's own story, told from what its authors said and saw, with nothing of the product's. */
class Oracle {
  readonly tenant = new MemoryTenant(board)
  readonly #policy: Policy
  readonly #field: string
  readonly #authors: Author[]
  readonly #screens: Screen[]
  /** The seq of the write that the field holds, or 0 at its birth. */
  #holder = 0
  #sum = 0
  readonly #tags = new Map<string, Set<string>>()
  readonly #values: Value[] = []

  constructor(policy: Policy) {
    this.#policy = policy
    this.#field = FIELDS[policy]
    this.#authors = Array.from({ length: ACTORS }, (_, index) => new Author(this.tenant, `client-${index}a`))
    const other = new Author(this.tenant, 'client-zz')
    other.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
    this.#screens = this.#authors.map((author) => {
      author.look()
      return { shown: this.#value, upTo: 1, own: new Set<number>(), seen: new Set<string>() }
    })
    this.#values.push(this.#value)
  }

  get #value(): Value {
    return this.tenant.row('cards', 'c1')?.[this.#field] ?? null
  }

  take(step: Step): void {
    const author = this.#authors[step.who]
    const screen = this.#screens[step.who]
    if (!author || !screen) throw new Error('there is no such author')
    if (step.looks) {
      author.look()
      screen.shown = this.#value
      screen.upTo = this.tenant.head
      screen.seen = new Set([...this.#tags.values()].flatMap((tags) => [...tags]))
      return
    }
    const op = opOf(this.#policy, step)
    const before = this.#value
    const update: UpdateOp = { op: 'update', collection: 'cards', id: 'c1', fields: { [this.#field]: op } }
    const row: Row = { ...this.tenant.row('cards', 'c1') }
    const isCurrent = screen.upTo === this.tenant.head
    const verdict = author.send(update)
    const conflicts = this.tenant.conflicts.filter(
      ({ seq }) => verdict.is === 'accepted' && seq === verdict.seq,
    )
    const seq = verdict.is === 'accepted' ? verdict.seq : undefined
    this.#judge({
      op,
      before,
      screen,
      seq,
      code: verdict.is === 'rejected' ? verdict.error.code : '',
      conflicts,
    })
    // Whoever has seen everything is shown by its replica what the object comes to.
    if (isCurrent && seq !== undefined) expect(replay(cards, row, update)?.[this.#field]).toEqual(this.#value)
  }

  #judge(it: {
    op: FieldOp
    before: Value
    screen: Screen
    seq: number | undefined
    code: string
    conflicts: readonly Conflict[]
  }): void {
    const { op, before, screen, seq, code, conflicts } = it
    const unseen = this.#holder > screen.upTo && !screen.own.has(this.#holder)
    const incoming = 'set' in op ? op.set : null
    const isSame = JSON.stringify(incoming) === JSON.stringify(before)
    const wanted = this.#wanted(op, before, unseen, screen, seq)
    expect([code, wanted.code]).toEqual([wanted.code, code])
    expect([this.#policy, op, this.#value]).toEqual([this.#policy, op, wanted.value])
    if (seq === undefined) return
    expect(conflicts.length).toBe(wanted.isConflict ? 1 : 0)
    const [conflict] = conflicts
    if (conflict) {
      // Both values can be had again, and who wrote them can be told.
      const kept = [conflict.winner.value, conflict.loser.value]
      expect(kept).toContainEqual(before)
      expect(kept).toContainEqual(incoming)
      expect(conflict.result ?? conflict.winner.value).toEqual(this.#value)
    }
    if (wanted.isWritten) {
      this.#holder = seq
      screen.own.add(seq)
      screen.shown = 'set' in op ? incoming : this.#value
    } else if (isSame) screen.shown = before
  }

  #wanted(
    op: FieldOp,
    before: Value,
    unseen: boolean,
    screen: Screen,
    seq: number | undefined,
  ): { value: Value; code: string; isConflict: boolean; isWritten: boolean } {
    const incoming = 'set' in op ? op.set : null
    const isOther = incoming !== before
    const applied = { value: incoming, code: '', isConflict: unseen && isOther, isWritten: true }
    switch (this.#policy) {
      case 'lww':
        return applied
      case 'counter':
        this.#sum += 'add' in op ? op.add : 0
        return { ...applied, value: this.#sum, isConflict: false }
      case 'immutable':
        return { value: 'mia', code: 'immutable', isConflict: false, isWritten: false }
      case 'states': {
        if (!isOther) return applied
        if (MOVES[String(before)]?.includes(String(incoming))) return applied
        return {
          value: before,
          code: unseen ? '' : 'illegal-transition',
          isConflict: unseen,
          isWritten: false,
        }
      }
      case 'max':
      case 'min': {
        this.#values.push(incoming)
        const known = this.#values.filter((value) => value !== null)
        const sorted = known.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        const value = (this.#policy === 'max' ? sorted.at(-1) : sorted[0]) ?? null
        return { ...applied, value, isConflict: false }
      }
      case 'set':
        return { ...applied, value: this.#items(op, screen, seq), isConflict: false }
      case 'ask':
        return unseen && isOther ? { ...applied, value: before, isWritten: false } : applied
      case 'merge': {
        // What its own part was merged to, its author has not seen either.
        const isMixed = this.#holder > screen.upTo && JSON.stringify(screen.shown) !== JSON.stringify(before)
        if (!(unseen || isMixed) || !isOther) return { ...applied, isConflict: false }
        return { ...applied, value: mergedStory(screen.shown, before, incoming), isConflict: true }
      }
    }
  }

  /** An observed-remove set by the book: each add has a tag, and a removal takes the tags that its author had seen. */
  #items(op: FieldOp, { seen }: Screen, seq: number | undefined): Value {
    const { add = [], remove = [] } = 'items' in op ? op.items : {}
    for (const item of remove)
      if (!add.includes(item)) for (const tag of seen) this.#tags.get(item)?.delete(tag)
    for (const item of add) {
      const tag = `${item} ${seq}`
      this.#tags.set(item, new Set([...(this.#tags.get(item) ?? []), tag]))
      seen.add(tag)
    }
    return canonicalItems([...this.#tags].filter(([, tags]) => tags.size > 0).map(([item]) => item))
  }
}

function mergedStory(base: Value, ours: Value, theirs: Value): string {
  const has = (value: Value, word: string) => typeof value === 'string' && value.split(' ').includes(word)
  const words = [ours, theirs].flatMap((value) => (typeof value === 'string' ? value.split(' ') : []))
  const isKept = (word: string) => word !== '' && (!has(base, word) || (has(ours, word) && has(theirs, word)))
  return [...new Set(words)].filter(isKept).sort().join(' ')
}

/** The law of one policy, for a seed. */
export function holdsFor(policy: Policy, seed: number, numRuns: number): void {
  const law = fc.property(script, (steps) => {
    const oracle = new Oracle(policy)
    for (const step of steps) oracle.take(step)
  })
  fc.assert(law, { seed, numRuns })
}
