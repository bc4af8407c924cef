import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { downReadersOf } from '../../src/protocol/codec/down-readers.ts'
import { downSchemasOf } from '../../src/protocol/codec/earlier-down.ts'
import { SPOKEN_VERSIONS } from '../../src/protocol/version.ts'
import { damaged, JUNK } from '../support/damaged.ts'
import { readGolden } from '../support/frames.ts'
import { value } from '../support/generate.ts'
import { holds } from '../support/property.ts'

/** A frame by its schema; undefined where that refuses it. */
function bySchema(version: number, frame: unknown): unknown {
  const kind = Array.isArray(frame) ? String(frame[0]) : ''
  const schemas: Readonly<Record<string, v.GenericSchema>> = downSchemasOf(version)
  const parsed = schemas[kind] && v.safeParse(schemas[kind], frame)
  return parsed?.success ? parsed.output : undefined
}

/** Both agree; what is read is what the schema gives, which leaves out what it does not know. */
function agree(version: number, frame: unknown): 'taken' | 'refused' {
  const text = JSON.stringify(frame)
  const expected = bySchema(version, JSON.parse(text))
  const read = decodeDown(text, version)
  if (expected === undefined) expect([text, read.ok]).toEqual([text, false])
  else expect([text, read.ok && part(read.frame, expected)]).toEqual([text, expected])
  return read.ok ? 'taken' : 'refused'
}

/** What of a value another one has, too: all of it, if it has no more than what the other leaves out. */
function part(value: unknown, of: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(of))
    return value.slice(0, of.length).map((item, place) => part(item, of[place]))
  if (typeof value !== 'object' || value === null || typeof of !== 'object' || of === null) return value
  const kept = new Map<string, unknown>(Object.entries(of))
  const entries = Object.entries(value).filter(([key]) => kept.has(key))
  return Object.fromEntries(entries.map(([key, item]) => [key, part(item, kept.get(key))]))
}

describe.each(SPOKEN_VERSIONS)('frames down in version %i', (version) => {
  const golden = readGolden(version).filter(({ direction }) => direction === 'down')

  it('SIZ-5 each kind of frame has a reader, and no other has', () => {
    expect(Object.keys(downReadersOf(version)).toSorted()).toEqual(
      Object.keys(downSchemasOf(version)).toSorted(),
    )
  })

  it.each(golden)(
    'SIZ-5 $kind is read by hand as by its schema, whole and with any part damaged',
    ({ text }) => {
      const whole: unknown = JSON.parse(text)
      expect(agree(version, whole)).toBe('taken')
      const outcomes = new Set([...damaged(whole, JUNK)].map((frame) => agree(version, frame)))
      expect(outcomes).toEqual(new Set(['taken', 'refused']))
    },
  )

  it('SIZ-5 a frame with any JSON in a drawn place is read by hand as by its schema', () => {
    const frames = golden.map(({ text }): unknown => JSON.parse(text))
    holds(
      fc.property(fc.constantFrom(...frames), fc.nat(), value, (frame, at, drawn) => {
        const all = [...damaged(frame, [drawn])]
        agree(version, all[at % all.length])
      }),
      1_000,
    )
  })
})

it('SIZ-6 an error with a code that is not known here is told with its sentence; what is no code is no frame', () => {
  const error = (code: unknown) =>
    decodeDown(JSON.stringify(['error', { code, message: 'Of a newer server.', retryable: false }]))
  expect(error('of-a-newer-server')).toMatchObject({
    ok: true,
    frame: ['error', { code: 'of-a-newer-server' }],
  })
  for (const code of [1, null, '', 'x'.repeat(50), 'No Code', ['busy']])
    expect(error(code)).toMatchObject({ ok: false, error: { code: 'bad-frame' } })
})

it('SIZ-6 a frame that is none is refused with its kind and the place of the fault', () => {
  const read = decodeDown('["rows",1,1,[[3,[["c1"],[5]]]]]')
  expect(read).toMatchObject({ ok: false, error: { code: 'bad-frame' } })
  expect(read.ok ? '' : read.error.message).toBe('"rows" has not its form at 3.0.1.1.')
})
