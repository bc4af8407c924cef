import * as fc from 'fast-check'
import type { Context, Edit, Op } from '../../src/protocol/edit.ts'
import type { Value } from '../../src/protocol/value.ts'

/** Generators of valid protocol values, for laws that must hold for all of them. */

export const clientId = fc.constantFrom('client-a1', 'client-b2', 'client-c3')
export const recordId = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter(isPlain)
export const editNumber = fc.integer({ min: 1, max: 1_000 })
export const seq = fc.integer({ min: 0, max: 1_000 })
export const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,8}$/).filter((text) => !FORBIDDEN.has(text))

const FORBIDDEN = new Set(['constructor', 'prototype'])

/** JSON that the guard lets through. */
export const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ maxLength: 12, unit: 'grapheme' }).filter(isPlain),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

const row = fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true })

export const context: fc.Arbitrary<Context> = fc.record(
  {
    epoch: fc.constantFrom('epoch1', 'epoch2'),
    seq,
    seen: fc.dictionary(clientId, editNumber, { maxKeys: 3, noNullPrototype: true }),
  },
  { requiredKeys: ['epoch', 'seq'] },
)

const fieldOp = fc.oneof(fc.record({ set: value }), fc.record({ add: fc.integer() }))

const blind = fc.constant<true>(true)

const asOf = fc.dictionary(name, seq, { maxKeys: 3, noNullPrototype: true })

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ op: fc.constant('insert' as const), collection: name, id: recordId, values: row }),
  fc.record(
    {
      op: fc.constant('update' as const),
      collection: name,
      id: recordId,
      fields: fc.dictionary(name, fieldOp, { maxKeys: 3, noNullPrototype: true }),
      blind,
      asOf,
    },
    { requiredKeys: ['op', 'collection', 'id', 'fields'] },
  ),
  fc.record(
    { op: fc.constant('delete' as const), collection: name, id: recordId, blind, asOf },
    { requiredKeys: ['op', 'collection', 'id'] },
  ),
)

export const edit: fc.Arbitrary<Edit> = fc.record(
  {
    n: editNumber,
    context,
    ops: fc.array(op, { minLength: 1, maxLength: 4 }),
    durability: fc.constant('committed' as const),
    deadlineMs: fc.integer({ min: 1, max: 60_000 }),
  },
  { requiredKeys: ['n', 'context', 'ops'] },
)

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
