import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUp, encode } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { upSchemasOf } from '../../src/protocol/codec/earlier.ts'
import { downSchemasOf } from '../../src/protocol/codec/earlier-down.ts'
import { SharedFrame } from '../../src/protocol/codec/shared-frame.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import type { Part } from '../../src/protocol/down/rows.ts'
import type { Up } from '../../src/protocol/up/up.ts'
import { SPOKEN_VERSIONS } from '../../src/protocol/version.ts'
import { readGolden, readSession, thereAndBack } from '../support/frames.ts'
import { edit, recordId, seq, value } from '../support/generate.ts'
import { holds } from '../support/property.ts'
import { query } from '../support/query-model/history.ts'

const VERSIONS = SPOKEN_VERSIONS.map((version) => ({ version, golden: readGolden(version) }))

describe.each(VERSIONS)('golden frames of version $version', ({ version, golden }) => {
  it.each(golden)('PRO-1 $kind decodes from its exact text', ({ direction, text, frame }) => {
    const decoded = direction === 'up' ? decodeUp(text, version) : decodeDown(text, version)
    expect(decoded).toEqual({ ok: true, frame })
  })

  it.each(golden)('PRO-1 $kind encodes to its exact text', (one) => {
    expect(thereAndBack(one, version)).toBe(one.text)
  })

  it('PRO-1 every kind of frame has one', () => {
    const kinds = { up: Object.keys(upSchemasOf(version)), down: Object.keys(downSchemasOf(version)) }
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

describe('earlier versions', () => {
  it('PRO-22 what a client and an object of version 6 have said to each other is said in the same words still', () => {
    const session = readSession(6)
    expect(new Set(session.map(({ direction }) => direction))).toEqual(new Set(['up', 'down']))
    // As JSON, in which the order of keys says nothing.
    const said = (text: string): unknown => JSON.parse(text)
    expect(session.map((one) => said(thereAndBack(one, 6)))).toEqual(session.map(({ text }) => said(text)))
  })

  it('PRO-21 a frame for many is written once, and in an earlier version when one of them speaks it', () => {
    let written = 0
    const columns = () => {
      written += 1
      return ['id']
    }
    const view = { subscription: 1, view: 2, resumeToken: '3.x' }
    const frame = new SharedFrame([
      'view',
      Object.defineProperty({ ...view, columns: [] }, 'columns', { enumerable: true, get: columns }),
    ])
    expect(written).toBe(0)
    for (const _ of [1, 2]) expect(JSON.parse(frame.in(7))).toEqual(['view', { ...view, columns: ['id'] }])
    expect(written).toBe(1)
    const { resumeToken, ...rest } = view
    const ofThen = ['view', { ...rest, columns: ['id'], seal: resumeToken }]
    for (const _ of [1, 2]) expect(JSON.parse(frame.in(6))).toEqual(ofThen)
    expect(written).toBe(2)
  })

  it('PRO-21 a frame for many that has not changed since is not written anew', () => {
    const rows: Down = ['rows', 41, 42, [[3, [], [['i1', 1, 'finished']], []]]]
    const frame = new SharedFrame(rows)
    expect(frame.in(6)).toBe(frame.in(7))
    expect(frame.in(6)).toBe(encode(rows))
  })
})
