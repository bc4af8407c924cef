import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDown, decodeUp, encode } from '../../src/protocol/codec.ts'
import { type Down, downSchemas, type Part } from '../../src/protocol/down.ts'
import { type Up, upSchemas } from '../../src/protocol/up.ts'
import { readGolden } from '../support/frames.ts'
import { edit, recordId, seq, value } from '../support/generate.ts'
import { holds } from '../support/property.ts'
import { query } from '../support/query-model/history.ts'

const golden = readGolden()

describe('golden frames', () => {
  it.each(golden)('PRO-1 $kind decodes from its exact text', ({ direction, text, frame }) => {
    const decoded = direction === 'up' ? decodeUp(text) : decodeDown(text)
    expect(decoded).toEqual({ ok: true, frame })
  })

  it.each(golden)('PRO-1 $kind encodes to its exact text', ({ direction, text }) => {
    const decoded = direction === 'up' ? decodeUp(text) : decodeDown(text)
    if (!decoded.ok) throw new Error(decoded.error.message)
    expect(encode(decoded.frame)).toBe(text)
  })

  it('PRO-1 every kind of frame has one', () => {
    const kinds = { up: Object.keys(upSchemas), down: Object.keys(downSchemas) }
    for (const direction of ['up', 'down'] as const) {
      const covered = golden.filter((frame) => frame.direction === direction).map(({ kind }) => kind)
      expect(covered.toSorted()).toEqual(kinds[direction].toSorted())
    }
  })
})

describe('round trip', () => {
  it('PRO-2 a subscription to any query comes out as it went in', () => {
    holds(
      fc.property(query, (drawn) => {
        const frame: Up = ['subscribe', { id: 1, query: drawn }]
        expect(decodeUp(encode(frame))).toEqual({ ok: true, frame })
      }),
    )
  })

  it('PRO-2 a push of any edits comes out as it went in', () => {
    holds(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        const frame: Up = ['push', 3, edits]
        expect(decodeUp(encode(frame))).toEqual({ ok: true, frame })
      }),
    )
  })

  it('PRO-2 rows of any values come out as they went in', () => {
    const part = fc.tuple(
      fc.nat({ max: 9 }),
      fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 3 }),
      fc.array(fc.tuple(recordId, fc.nat({ max: 4 }), value), { maxLength: 3 }),
      fc.array(recordId, { maxLength: 3 }),
    )
    holds(
      fc.property(seq, seq, fc.array(part, { maxLength: 3 }), (one, other, parts) => {
        const frame: Down = ['rows', Math.min(one, other), Math.max(one, other), parts]
        expect(decodeDown(encode(frame))).toEqual({ ok: true, frame })
      }),
    )
  })

  it('PRO-6 an interval says no more than what changed in it', () => {
    const parts: readonly Part[] = [
      [3, [], [['i1', 1, 'finished']], []],
      [4, [['i1', 'finished']], [], []],
      [5, [], [], ['i1']],
    ]
    const text = '["rows",41,1,[[3,[["i1",1,"finished"]]],[4,[],[["i1","finished"]]],[5,[],[],["i1"]]]]'
    expect(encode(['rows', 41, 42, parts])).toBe(text)
    expect(decodeDown(text)).toEqual({ ok: true, frame: ['rows', 41, 42, parts] })
  })
})
