import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, findFault } from '../../../src/core/records/version-vector.ts'
import { MAX_VECTOR_ENTRIES } from '../../../src/protocol/limits.ts'
import { clientId, context, editNumber, seq } from '../../support/generate.ts'
import { holds } from '../../support/property.ts'

const EPOCH = 'epoch1'
const version = fc.record({ actor: clientId, n: editNumber, seq })

describe('covers', () => {
  it('VEC-1 a write inside the prefix of the same log has been seen', () => {
    holds(
      fc.property(context, clientId, version, (held, author, write) => {
        fc.pre(held.epoch === EPOCH && write.seq <= held.seq)
        expect(covers(held, EPOCH, author, write)).toBe(true)
      }),
    )
  })

  it('VEC-1 an author has seen its own earlier writes', () => {
    holds(
      fc.property(context, version, (held, write) => {
        fc.pre(!Object.hasOwn(held.seen ?? {}, write.actor))
        expect(covers(held, EPOCH, write.actor, write)).toBe(true)
      }),
    )
  })

  it('VEC-7 an author that lists itself has not seen its own writes from that n on, but those in the prefix', () => {
    const held = { epoch: EPOCH, seq: 10, seen: { 'client-a1': 4 } }
    const write = (n: number, seq: number) => ({ actor: 'client-a1', n, seq })
    expect(covers(held, EPOCH, 'client-a1', write(3, 50))).toBe(true)
    expect(covers(held, EPOCH, 'client-a1', write(4, 51))).toBe(false)
    expect(covers(held, EPOCH, 'client-a1', write(4, 10))).toBe(true)
  })

  it('VEC-1 an entry covers its actor up to its number and no further', () => {
    const write = { actor: 'client-b2', n: 5, seq: 50 }
    const holding = (n: number) => ({ epoch: EPOCH, seq: 10, seen: { 'client-b2': n } })
    expect(covers(holding(4), EPOCH, 'client-a1', write)).toBe(false)
    expect(covers(holding(5), EPOCH, 'client-a1', write)).toBe(true)
  })

  it('VEC-1 what lies beyond prefix, authorship and entries is concurrent', () => {
    const held = { epoch: EPOCH, seq: 10, seen: { 'client-c3': 99 } }
    expect(covers(held, EPOCH, 'client-a1', { actor: 'client-b2', n: 1, seq: 11 })).toBe(false)
  })

  it('VEC-1 seeing more never makes a seen write unseen', () => {
    holds(
      fc.property(context, clientId, version, fc.nat({ max: 50 }), (held, author, write, more) => {
        fc.pre(covers(held, EPOCH, author, write))
        expect(covers({ ...held, seq: held.seq + more }, EPOCH, author, write)).toBe(true)
      }),
    )
  })

  it('VEC-2 the prefix of another epoch covers what this log began with, and nothing else', () => {
    const write = { actor: 'client-b2', n: 1, seq: 1 }
    const held = { epoch: 'epoch2', seq: 1_000 }
    expect(covers(held, EPOCH, 'client-a1', write)).toBe(false)
    expect(covers(held, EPOCH, 'client-a1', { actor: 'sql', n: 0, seq: 0 })).toBe(true)
  })
})

describe('findFault', () => {
  const known = (n: number) => () => n

  it('VEC-3 a prefix beyond the head is a fault', () => {
    expect(findFault({ epoch: EPOCH, seq: 8 }, EPOCH, 7, known(0))).toBe('prefix-from-future')
    expect(findFault({ epoch: EPOCH, seq: 7 }, EPOCH, 7, known(0))).toBeUndefined()
  })

  it('VEC-3 an entry beyond what its actor has done is a fault', () => {
    const held = { epoch: EPOCH, seq: 0, seen: { 'client-b2': 4 } }
    expect(findFault(held, EPOCH, 7, known(3))).toBe('entry-from-future')
    expect(findFault(held, EPOCH, 7, known(4))).toBeUndefined()
  })

  it('VEC-3 a prefix of another epoch is no fault, whatever its number', () => {
    expect(findFault({ epoch: 'epoch2', seq: 9_999 }, EPOCH, 7, known(0))).toBeUndefined()
  })

  it('VEC-3 more entries than the limit are a fault', () => {
    const seen = Object.fromEntries(
      Array.from({ length: MAX_VECTOR_ENTRIES + 1 }, (_, i) => [`client-${i}`, 1]),
    )
    expect(findFault({ epoch: EPOCH, seq: 0, seen }, EPOCH, 7, known(9))).toBe('too-many-entries')
  })
})
