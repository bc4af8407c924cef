import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64, toBase64 } from '../../../src/core/text/base64.ts'
import { differenceOf, splice } from '../../../src/core/text/difference.ts'
import { mergeTexts } from '../../../src/core/text/merge-texts.ts'
import { applyPatches, patchesOf } from '../../../src/core/text/patches.ts'
import { holds } from '../../support/property.ts'
import { CASES } from './cases.ts'

const unit = fc.constantFrom('a', 'b', ' ', '\n', 'ä', '😀', 'word', 'other ')
const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''))

describe('the difference of two texts', () => {
  it('TXT-1 turns the one into the other, and cuts no character', () => {
    holds(
      fc.property(text, text, (before, after) => {
        const splices = differenceOf(before, after)
        expect(splice(before, splices)).toBe(after)
        for (const { at, deleted, inserted } of splices) {
          expect(inserted.isWellFormed()).toBe(true)
          expect(before.slice(at, at + deleted).isWellFormed()).toBe(true)
        }
        expect(applyPatches(before, patchesOf(before, after))).toBe(after)
      }),
      CASES,
    )
  })

  it('TXT-1 is as small as its words, and one piece where there is too much to compare', () => {
    const before = 'Call the customer on Monday, please.'
    expect(differenceOf(before, 'Call the supplier on Friday, please.')).toEqual([
      { at: 9, deleted: 8, inserted: 'supplier' },
      { at: 21, deleted: 3, inserted: 'Fri' },
    ])
    const long = Array.from({ length: 30_000 }, (_, i) => `w${i}`).join(' ')
    expect(differenceOf(long, long.replaceAll('w', 'v'))).toHaveLength(1)
  })
})

describe('two texts that come from one', () => {
  it('TXT-2 keep what either inserted and lose what either deleted', () => {
    holds(
      fc.property(text, text, text, (base, mine, theirs) => {
        const merged = mergeTexts(base, mine, theirs)
        for (const made of [mine, theirs])
          for (const { inserted } of differenceOf(base, made)) expect(merged).toContain(inserted)
        expect(mergeTexts(base, base, theirs)).toBe(theirs)
        expect(mergeTexts(base, mine, base)).toBe(mine)
        expect(mergeTexts(base, mine, mine)).toBe(mine)
        expect(merged.isWellFormed()).toBe(true)
      }),
      CASES,
    )
  })

  it('TXT-2 merge by words', () => {
    const merged = mergeTexts('called once', 'called twice', 'Anna called once, in vain')
    expect(merged).toBe('Anna called twice, in vain')
  })
})

describe('patches', () => {
  it('TXT-3 insert all they insert, in whatever text they are done', () => {
    holds(
      fc.property(text, text, text, (before, after, other) => {
        const patched = applyPatches(other, patchesOf(before, after))
        for (const [, , inserted] of patchesOf(before, after)) expect(patched).toContain(inserted)
        expect(patched.isWellFormed()).toBe(true)
      }),
      CASES,
    )
  })

  it('TXT-3 are done where their place has gone to, and delete only what is there', () => {
    const patches = patchesOf('pay on Monday', 'pay on Friday')
    expect(applyPatches('Dear Anna, pay on Monday', patches)).toBe('Dear Anna, pay on Friday')
    expect(applyPatches('Hello', patches)).toBe('HelloFri')
  })
})

it('TXT-4 bytes come back from base64 as they went in, and any other text is none', () => {
  holds(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64').replaceAll('=', ''))
    }),
  )
  for (const bad of ['A', 'AA=', 'A A', 'ä', '-_']) expect(fromBase64(bad)).toBeUndefined()
})
