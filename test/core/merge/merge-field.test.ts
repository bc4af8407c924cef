import { describe, expect, it } from 'vitest'
import { type FieldMerged, type FieldWrite, mergeField } from '../../../src/core/merge/merge-field.ts'
import type { StoredRecord } from '../../../src/core/records/record.ts'
import type { FieldOp } from '../../../src/protocol/edit.ts'
import type { Column, ColumnType, Policy } from '../../../src/protocol/manifest.ts'
import type { Value } from '../../../src/protocol/value.ts'

const OLD = { actor: 'client-a1', n: 3, seq: 7 }
const NEW = { actor: 'client-b2', n: 5, seq: 9 }

const moves = { open: ['won', 'lost'], won: ['archived'] }

/** Every policy, with a value that is there, one that is to come, and the type of both. */
const FIELDS = {
  lww: { policy: { kind: 'lww' }, type: 'text', now: 'a', next: 'b' },
  counter: { policy: { kind: 'counter' }, type: 'integer', now: 4, next: 6 },
  immutable: { policy: { kind: 'immutable' }, type: 'text', now: 'a', next: 'b' },
  legal: { policy: { kind: 'states', transitions: moves }, type: 'text', now: 'open', next: 'won' },
  illegal: { policy: { kind: 'states', transitions: moves }, type: 'text', now: 'open', next: 'archived' },
  max: { policy: { kind: 'max' }, type: 'integer', now: 4, next: 6 },
  min: { policy: { kind: 'min' }, type: 'date', now: '2026-10-01', next: '2026-09-30' },
  ask: { policy: { kind: 'ask' }, type: 'text', now: 'a', next: 'b' },
  merge: { policy: { kind: 'merge' }, type: 'text', now: 'a', next: 'b' },
  set: { policy: { kind: 'set' }, type: 'text[]', now: ['a'], next: ['b'] },
  effect: { policy: { kind: 'effect', of: 'lww' }, type: 'text', now: 'a', next: 'b' },
  effectCounter: { policy: { kind: 'effect', of: 'counter' }, type: 'integer', now: 4, next: 6 },
  effectMax: { policy: { kind: 'effect', of: 'max' }, type: 'bigint', now: 4, next: 6 },
} as const satisfies Record<string, { policy: Policy; type: ColumnType; now: Value; next: Value }>

type Name = keyof typeof FIELDS
const NAMES = Object.keys(FIELDS) as Name[]

type Told = 'applied' | 'conflict' | 'kept' | (string & {})

/** What becomes of the field in one word: a refusal by its code. */
function told(merged: FieldMerged): Told {
  if (merged.outcome === 'rejected') return merged.error.code
  return merged.outcome === 'applied' && merged.conflict ? 'conflict' : merged.outcome
}

const columnOf = (name: Name, more: Partial<Column> = {}): Column => {
  const { policy, type } = FIELDS[name]
  return { name: 'field', type, nullable: true, policy, ...more }
}

function meet(name: Name, write: FieldWrite, current: Value = FIELDS[name].now, more: Partial<Column> = {}) {
  const record: StoredRecord = {
    collection: 'cards',
    id: 'c1',
    row: { id: 'c1', field: current },
    birth: { actor: 'sql', n: 0, seq: 0 },
    versions: { field: OLD },
  }
  const merge = (_: Value | undefined, ...both: Value[]) => both.join('+')
  return mergeField({ record, column: columnOf(name, more), version: NEW, merge }, write)
}

/** The same change as each of the four says it: counters move by the difference. */
const opFor = (name: Name, to: Value, from: Value = FIELDS[name].now): FieldOp =>
  name === 'counter' || name === 'effectCounter' ? { add: Number(to) - Number(from) } : { set: to }

const client = (name: Name, concurrent: boolean, to: Value = FIELDS[name].next): FieldWrite => ({
  by: 'client',
  op: opFor(name, to),
  concurrent,
})
const accepted = (
  name: Name,
  before: Value,
  concurrent = false,
  to: Value = FIELDS[name].next,
): FieldWrite => ({
  by: 'accepted',
  op: opFor(name, to, before),
  before,
  concurrent,
})
const postgres = (
  name: Name,
  before: Value,
  concurrent: boolean,
  to: Value = FIELDS[name].next,
): FieldWrite => ({
  by: 'postgres',
  before,
  after: to,
  concurrent,
})

const table = (write: (name: Name) => FieldWrite, current?: (name: Name) => Value) =>
  Object.fromEntries(NAMES.map((name) => [name, told(meet(name, write(name), current?.(name)))]))

describe('a client’s write', () => {
  it('MRG-21 made in sight is judged by the policy', () => {
    expect(table((name) => client(name, false))).toEqual({
      lww: 'applied',
      counter: 'applied',
      immutable: 'immutable',
      legal: 'applied',
      illegal: 'illegal-transition',
      max: 'applied',
      min: 'applied',
      ask: 'applied',
      merge: 'applied',
      set: 'applied',
      effect: 'effect-only',
      effectCounter: 'effect-only',
      effectMax: 'effect-only',
    })
  })

  it('MRG-21 made unseen is judged by the policy', () => {
    expect(table((name) => client(name, true))).toEqual({
      lww: 'conflict',
      counter: 'applied',
      immutable: 'immutable',
      legal: 'conflict',
      illegal: 'kept',
      max: 'applied',
      min: 'applied',
      ask: 'kept',
      merge: 'conflict',
      set: 'applied',
      effect: 'effect-only',
      effectCounter: 'effect-only',
      effectMax: 'effect-only',
    })
  })

  it('MRG-21 of what is there already agrees with it', () => {
    const same = (name: Name) => client(name, true, FIELDS[name].now)
    expect(table(same)).toMatchObject({
      lww: 'applied',
      counter: 'applied',
      immutable: 'applied',
      legal: 'applied',
      max: 'applied',
      min: 'applied',
      ask: 'applied',
      merge: 'applied',
      set: 'applied',
      effect: 'effect-only',
    })
  })

  it('MRG-21 that comes to what the column cannot hold is refused, and names the field', () => {
    const full = { by: 'client', op: { add: 2_147_483_647 }, concurrent: false } as const
    expect(meet('counter', full)).toMatchObject({ error: { code: 'bad-value', ref: 'field' } })
    const long = meet('lww', client('lww', false), 'a', { values: ['a'] })
    expect(long).toMatchObject({ error: { code: 'bad-value', ref: 'field' } })
  })
})

describe('an effect’s write', () => {
  it('MRG-21 is set or added to as the policy says, and no guard holds it back', () => {
    const effect = (name: Name): FieldWrite => ({
      by: 'effect',
      op: opFor(name, FIELDS[name].next),
      concurrent: false,
    })
    expect(new Set(Object.values(table(effect)))).toEqual(new Set(['applied']))
    const wrong: FieldWrite = { by: 'effect', op: { set: 7 }, concurrent: false }
    expect(told(meet('effectCounter', wrong))).toBe('bad-operation')
    expect(told(meet('effectCounter', { ...wrong, op: { add: 2 ** 60 } }))).toBe('bad-value')
  })
})

describe('an accepted edit that is done again', () => {
  it('MRG-22 comes to what it came to where the field holds what it met', () => {
    for (const name of NAMES) {
      const { now, next } = FIELDS[name]
      const merged = meet(name, accepted(name, now))
      expect([name, merged]).toEqual([name, expect.objectContaining({ outcome: 'applied', value: next })])
      expect(merged).not.toHaveProperty('conflict')
    }
  })

  const others: Record<Name, Value> = {
    lww: 'x',
    counter: 40,
    immutable: 'x',
    legal: 'lost',
    illegal: 'won',
    max: 40,
    min: '2026-01-01',
    ask: 'x',
    merge: 'x',
    set: ['x'],
    effect: 'x',
    effectCounter: 40,
    effectMax: 40,
  }

  it('MRG-22 is judged by the policy where an earlier edit was undone', () => {
    const again = (name: Name) => accepted(name, FIELDS[name].now)
    expect(table(again, (name) => others[name])).toEqual({
      lww: 'applied',
      counter: 'applied',
      immutable: 'immutable',
      legal: 'illegal-transition',
      illegal: 'applied',
      max: 'applied',
      min: 'applied',
      ask: 'applied',
      merge: 'applied',
      set: 'applied',
      effect: 'applied',
      effectCounter: 'applied',
      effectMax: 'applied',
    })
  })

  it('MRG-22 meets what somebody wrote in Postgres meanwhile by the policy, and loses nothing unseen', () => {
    const again = (name: Name) => accepted(name, FIELDS[name].now, true)
    expect(table(again, (name) => others[name])).toEqual({
      lww: 'conflict',
      counter: 'applied',
      immutable: 'immutable',
      legal: 'kept',
      illegal: 'conflict',
      max: 'applied',
      min: 'applied',
      ask: 'kept',
      merge: 'conflict',
      set: 'applied',
      effect: 'conflict',
      effectCounter: 'applied',
      effectMax: 'applied',
    })
  })

  it('MRG-22 adds its delta to whatever is there, and Postgres is told the delta', () => {
    for (const name of ['counter', 'effectCounter'] as const)
      expect(meet(name, accepted(name, 4), 40)).toEqual({ outcome: 'applied', value: 42, delta: 2 })
  })

  it('MRG-22 is refused where the column cannot hold the value any more', () => {
    expect(meet('lww', accepted('lww', 'a'), 'a', { values: ['a'] })).toMatchObject({
      error: { code: 'bad-value', ref: 'field' },
    })
  })
})

describe('a change made in Postgres', () => {
  it('MRG-23 takes effect in sight of what it changes, whatever the policy and the column', () => {
    for (const name of NAMES) {
      const { now, next } = FIELDS[name]
      const merged = meet(name, postgres(name, now, false), now, { values: ['nothing'] })
      expect([name, merged]).toEqual([name, expect.objectContaining({ outcome: 'applied', value: next })])
      expect(merged).not.toHaveProperty('conflict')
    }
  })

  it('MRG-23 follows the policy where it did not see what is there', () => {
    expect(table((name) => postgres(name, null, true))).toEqual({
      lww: 'conflict',
      counter: 'applied',
      immutable: 'kept',
      legal: 'conflict',
      illegal: 'kept',
      max: 'applied',
      min: 'applied',
      ask: 'kept',
      merge: 'conflict',
      set: 'applied',
      effect: 'conflict',
      effectCounter: 'applied',
      effectMax: 'applied',
    })
  })

  it('MRG-23 to what is there agrees with it', () => {
    const same = (name: Name) => postgres(name, null, true, FIELDS[name].now)
    expect(new Set(Object.values(table(same)))).toEqual(new Set(['applied']))
  })

  it('MRG-23 of a counter counts as the difference it made, an empty one as nothing', () => {
    expect(meet('counter', postgres('counter', 4, true, 6), 40)).toEqual({
      outcome: 'applied',
      value: 42,
      delta: 2,
    })
    expect(meet('counter', postgres('counter', 4, true, null), 40)).toMatchObject({ value: 36, delta: -4 })
    expect(meet('counter', postgres('counter', 4, false, null), 4)).toMatchObject({ value: null, delta: -4 })
  })
})

describe('the conflict', () => {
  it('MRG-20 names both values with their authors, the winner first', () => {
    const about = { seq: 9, collection: 'cards', id: 'c1', field: 'field' }
    const theirs = { actor: 'client-a1', n: 3, value: 'open' }
    const ours = { actor: 'client-b2', n: 5 }
    for (const write of [client, (name: Name) => accepted(name, 'lost', true), postgresUnseen]) {
      expect(meet('legal', write('legal', true))).toEqual({
        outcome: 'applied',
        value: 'won',
        base: { known: undefined },
        conflict: { ...about, policy: 'states', winner: { ...ours, value: 'won' }, loser: theirs },
      })
      expect(meet('illegal', write('illegal', true))).toEqual({
        outcome: 'kept',
        conflict: { ...about, policy: 'states', winner: theirs, loser: { ...ours, value: 'archived' } },
      })
    }
  })

  it('MRG-20 takes who made the record for the author of a field that nobody has written since', () => {
    const record = { collection: 'cards', id: 'c1', row: { field: 'a' }, birth: OLD, versions: {} }
    const merged = mergeField({ record, column: columnOf('lww'), version: NEW }, client('lww', true))
    expect(merged).toMatchObject({ conflict: { loser: { actor: 'client-a1', n: 3, value: 'a' } } })
  })
})

function postgresUnseen(name: Name): FieldWrite {
  return postgres(name, null, true)
}

describe('a deleted record', () => {
  it('MRG-24 has no fields to merge into, whoever writes', () => {
    const row = { id: 'c1', field: 'a' }
    const record = { collection: 'cards', id: 'c1', row, birth: OLD, versions: {}, deleted: OLD }
    const writes = [client('lww', true), accepted('lww', 'a'), postgres('lww', 'a', true)]
    for (const write of writes)
      expect(() => mergeField({ record, column: columnOf('lww'), version: NEW }, write)).toThrow('is deleted')
  })
})
