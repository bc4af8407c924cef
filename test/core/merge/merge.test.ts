import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merge, mergeEffect } from '../../../src/core/merge/merge.ts'
import type { Policy } from '../../../src/protocol/manifest.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { value } from '../../support/generate.ts'
import { holds } from '../../support/property.ts'

const lww: Policy = { kind: 'lww' }
const counter: Policy = { kind: 'counter' }
const immutable: Policy = { kind: 'immutable' }
const states: Policy = { kind: 'states', transitions: { draft: ['sent', 'void'], sent: ['paid', 'void'] } }
const effectCounter: Policy = { kind: 'effect', of: 'counter' }

const setting = (policy: Policy, current: Value, incoming: Value, concurrent = false) =>
  merge(policy, { current, incoming: { set: incoming }, concurrent })
const adding = (policy: Policy, current: Value, by: number, concurrent = false) =>
  merge(policy, { current, incoming: { add: by }, concurrent })

describe('lww', () => {
  it('MRG-1 the later write in tenant order stays', () => {
    holds(
      fc.property(value, value, fc.boolean(), (current, incoming, concurrent) => {
        expect(setting(lww, current, incoming, concurrent)).toMatchObject({
          outcome: 'applied',
          value: incoming,
        })
      }),
    )
  })

  it('MRG-1 a value overwritten unseen is a conflict, one overwritten in sight is not', () => {
    expect(setting(lww, 'a', 'b', true)).toMatchObject({ conflict: true })
    expect(setting(lww, 'a', 'b', false)).toMatchObject({ conflict: false })
  })

  it('MRG-1 two people writing the same value agree', () => {
    expect(setting(lww, { x: 1, y: [2] }, { y: [2], x: 1 }, true)).toMatchObject({ conflict: false })
  })

  it('MRG-1 adding to a plain field is refused', () => {
    expect(adding(lww, 1, 1)).toMatchObject({ outcome: 'rejected', code: 'bad-operation' })
  })
})

describe('counter', () => {
  it('MRG-2 deltas add up in any order, concurrent or not', () => {
    const deltas = fc.array(fc.tuple(fc.integer({ min: -1_000, max: 1_000 }), fc.boolean()), { maxLength: 8 })
    holds(
      fc.property(deltas, fc.integer(), (list, start) => {
        const run = (order: typeof list) =>
          order.reduce<Value>((current, [by, concurrent]) => {
            const merged = adding(counter, current, by, concurrent)
            return merged.outcome === 'applied' && !merged.conflict ? merged.value : 'lost'
          }, start)
        expect(run(list)).toBe(start + list.reduce((sum, [by]) => sum + by, 0))
        expect(run(list.toReversed())).toBe(run(list))
      }),
    )
  })

  it('MRG-2 an empty counter starts at nothing', () => {
    expect(adding(counter, null, 5)).toMatchObject({ outcome: 'applied', value: 5 })
  })

  it('MRG-2 setting a counter is refused', () => {
    expect(setting(counter, 1, 7)).toMatchObject({ outcome: 'rejected', code: 'bad-operation' })
  })

  it('MRG-2 a sum that loses its last digit is refused', () => {
    expect(adding(counter, Number.MAX_SAFE_INTEGER, 1)).toMatchObject({
      outcome: 'rejected',
      code: 'bad-value',
    })
    expect(adding(counter, 1, 0.5)).toMatchObject({ outcome: 'rejected', code: 'bad-value' })
  })
})

describe('immutable', () => {
  it('MRG-3 the first write stays, whoever comes later', () => {
    holds(
      fc.property(fc.integer(), fc.integer(), fc.boolean(), (current, incoming, concurrent) => {
        fc.pre(current !== incoming)
        expect(setting(immutable, current, incoming, concurrent)).toMatchObject({ code: 'immutable' })
      }),
    )
  })

  it('MRG-3 writing the same value again is no change', () => {
    expect(setting(immutable, 'N-1', 'N-1')).toEqual({ outcome: 'applied', value: 'N-1', conflict: false })
  })
})

describe('states', () => {
  it('MRG-4 a legal move is made', () => {
    expect(setting(states, 'draft', 'sent')).toEqual({ outcome: 'applied', value: 'sent', conflict: false })
  })

  it('MRG-4 an illegal move made in sight of the state is refused', () => {
    expect(setting(states, 'draft', 'paid')).toMatchObject({
      outcome: 'rejected',
      code: 'illegal-transition',
    })
  })

  it('MRG-4 a concurrent move that is still legal is made and noted', () => {
    expect(setting(states, 'sent', 'void', true)).toEqual({
      outcome: 'applied',
      value: 'void',
      conflict: true,
    })
  })

  it('MRG-4 a concurrent move that has become illegal leaves the state and is kept for a person', () => {
    expect(setting(states, 'void', 'sent', true)).toEqual({ outcome: 'kept' })
  })

  it('MRG-4 moving to the same state concurrently is agreement', () => {
    expect(setting(states, 'sent', 'sent', true)).toEqual({
      outcome: 'applied',
      value: 'sent',
      conflict: false,
    })
  })

  it('MRG-4 a name every object inherits is no state', () => {
    expect(setting(states, 'constructor', 'draft')).toMatchObject({ code: 'illegal-transition' })
    expect(setting(states, 'draft', 7)).toMatchObject({ code: 'bad-operation' })
  })
})

describe('effect', () => {
  it('MRG-5 a client cannot write a field that belongs to an effect', () => {
    expect(setting(effectCounter, 0, 5)).toMatchObject({ outcome: 'rejected', code: 'effect-only' })
    expect(adding(effectCounter, 0, 5, true)).toMatchObject({ outcome: 'rejected', code: 'effect-only' })
  })

  it('MRG-5 an effect writes it by the inner policy', () => {
    const written = mergeEffect(effectCounter, { current: 3, incoming: { add: 4 }, concurrent: false })
    expect(written).toMatchObject({ outcome: 'applied', value: 7 })
  })

  it('MRG-5 an effect may write what clients may not', () => {
    const moved = mergeEffect(states, { current: 'draft', incoming: { set: 'paid' }, concurrent: false })
    expect(moved).toMatchObject({ outcome: 'applied', value: 'paid' })
  })
})
