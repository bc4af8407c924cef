import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUp } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { SPOKEN_VERSIONS } from '../../src/protocol/version.ts'
import { readGolden, readVectors } from '../support/frames.ts'
import { holds } from '../support/property.ts'

describe('hostile input', () => {
  describe.each(SPOKEN_VERSIONS)('in version %i', (version) => {
    it.each(readVectors(version))('PRO-3 $name is answered with $code', ({ text, code }) => {
      const decoded = decodeUp(text, version)
      expect(decoded.ok ? 'accepted' : decoded.error.code).toBe(code)
    })
  })

  it('PRO-3 no text whatever makes a decoder throw', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((json) => `["push",${json}]`),
    )
    holds(
      fc.property(text, (input) => {
        for (const version of SPOKEN_VERSIONS) {
          for (const decoded of [decodeUp(input, version), decodeDown(input, version)]) {
            if (!decoded.ok) expect(decoded.error.retryable).toBe(ERRORS[decoded.error.code].retryable)
          }
        }
      }),
      400,
    )
  })

  it('PRO-3 a frame with one part damaged is refused or still a frame, never half read', () => {
    const texts = SPOKEN_VERSIONS.flatMap((version) =>
      readGolden(version).map(({ text }) => ({ text, version })),
    )
    holds(
      fc.property(
        fc.constantFrom(...texts),
        fc.nat(),
        fc.string({ maxLength: 3 }),
        ({ text, version }, at, junk) => {
          const place = at % text.length
          const decoded = decodeUp(text.slice(0, place) + junk + text.slice(place + 1), version)
          expect(decoded.ok ? Array.isArray(decoded.frame) : decoded.error.message.length > 0).toBe(true)
        },
      ),
      1_000,
    )
  })

  it('PRO-4 an error message repeats at most a short piece of the input', () => {
    const decoded = decodeUp(JSON.stringify(['k'.repeat(10_000), {}]))
    expect(decoded.ok ? 0 : decoded.error.message.length).toBeLessThan(200)
  })
})
