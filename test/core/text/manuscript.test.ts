import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import { fromBase64, toBase64 } from '../../../src/core/text/base64.ts'
import { applyTo, makeManuscript, textOf, updateSince, writeText } from '../../../src/core/text/manuscript.ts'
import { holds } from '../../support/property.ts'
import { CASES } from './cases.ts'

/** A copy of a manuscript at somebody's, who writes under an id of Yjs. */
function copyOf(manuscript: ReturnType<typeof makeManuscript>, id: number): Doc {
  const doc = new Doc()
  applyUpdate(doc, fromBase64(updateSince(manuscript) ?? '') ?? new Uint8Array())
  doc.clientID = id
  return doc
}

/** The update that a change of a copy makes. */
function updateOf(doc: Doc, change: (doc: Doc) => void): string {
  const updates: Uint8Array[] = []
  const note = (update: Uint8Array) => updates.push(update)
  doc.on('update', note)
  doc.transact(() => change(doc))
  doc.off('update', note)
  return toBase64(updates[0] ?? new Uint8Array())
}

const insert = (doc: Doc, at: number, text: string) => updateOf(doc, () => doc.getText('t').insert(at, text))

describe('a manuscript', () => {
  it('TXT-9 made of the same text in the same place is the very same, and another elsewhere', () => {
    expect(makeManuscript('a text', 'x')).toEqual(makeManuscript('a text', 'x'))
    expect(makeManuscript('a text', 'x')).not.toEqual(makeManuscript('a text', 'y'))
    expect(textOf(makeManuscript('', 'x'))).toBe('')
  })

  it('TXT-9 comes to the same in whatever order updates come, and however often', () => {
    holds(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 1 })), { minLength: 1, maxLength: 8 }),
        (drawn) => {
          const start = makeManuscript('begun', 'x')
          const docs = [copyOf(start, 7), copyOf(start, 9)] as const
          const made = drawn.map(([at, who]) => {
            const doc = docs[who === 0 ? 0 : 1]
            return {
              who: `client-${who}`,
              update: insert(doc, at % (doc.getText('t').length + 1), String(at % 10)),
            }
          })
          const run = (order: typeof made) =>
            order.reduce((manuscript, { who, update }) => {
              const applied = applyTo(manuscript, who, update)
              return applied.is === 'applied' ? applied.manuscript : manuscript
            }, start)
          const [first, second] = [0, 1].map((who) => made.filter((one) => one.who === `client-${who}`))
          const texts = [
            made,
            [...(first ?? []), ...(second ?? [])],
            [...(second ?? []), ...(first ?? []), ...made],
          ]
          expect(new Set(texts.map((order) => textOf(run(order)))).size).toBe(1)
        },
      ),
      CASES,
    )
  })

  it('TXT-10 is as it was when what was made of it is not kept', () => {
    const start = makeManuscript('begun', 'x')
    const applied = applyTo(start, 'client-a', insert(copyOf(start, 7), 5, ' refused'))
    expect(applied).toMatchObject({ is: 'applied', text: 'begun refused' })
    expect(textOf(start)).toBe('begun')
    expect(textOf(writeText(start, 'other'))).toBe('other')
    expect(textOf(JSON.parse(JSON.stringify(start)))).toBe('begun')
  })

  it('TXT-11 refuses what is no update of a text, and builds on nothing that is missing', () => {
    const start = makeManuscript('begun', 'x')
    const outcomeOf = (change: (doc: Doc) => void) =>
      applyTo(start, 'client-a', updateOf(copyOf(start, 7), change)).is
    expect(applyTo(start, 'client-a', 'no base64!').is).toBe('hostile')
    expect(applyTo(start, 'client-a', 'AAEC').is).toBe('hostile')
    expect(outcomeOf((doc) => doc.getMap('m').set('a', 1))).toBe('hostile')
    expect(outcomeOf((doc) => doc.getText('other').insert(0, 'a'))).toBe('hostile')
    expect(outcomeOf((doc) => doc.getText('t').insertEmbed(0, { a: 1 }))).toBe('hostile')
    expect(outcomeOf((doc) => doc.getText('t').format(0, 2, { bold: true }))).toBe('hostile')
    const far = copyOf(start, 7)
    insert(far, 0, 'first')
    expect(applyTo(start, 'client-a', insert(far, 5, 'second')).is).toBe('missing')
    expect(applyTo(makeManuscript('', 'y'), 'client-a', insert(copyOf(start, 8), 5, 'on')).is).toBe('missing')
    expect(textOf(start)).toBe('begun')
  })

  it('TXT-11 no text whatever makes it throw', () => {
    const start = makeManuscript('begun', 'x')
    const good = fromBase64(insert(copyOf(start, 7), 2, 'good')) ?? new Uint8Array()
    holds(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(), fc.nat({ max: 255 }), (bytes, at, byte) => {
        const damaged = good.with(at % good.length, byte)
        for (const one of [bytes, damaged]) {
          const applied = applyTo(start, 'client-a', toBase64(one))
          if (applied.is === 'applied') expect(textOf(applied.manuscript)).toBe(applied.text)
          expect(textOf(start)).toBe('begun')
        }
      }),
      CASES,
    )
  })

  it('TXT-12 lets nobody write under an id that is another’s, or the object’s own', () => {
    const start = makeManuscript('begun', 'x')
    const ann = copyOf(start, 7)
    const hers = applyTo(start, 'client-a', insert(ann, 5, ' by ann'))
    if (hers.is !== 'applied') throw new Error('she may write')
    const forger = copyOf(hers.manuscript, 7)
    expect(applyTo(hers.manuscript, 'client-b', insert(forger, 0, 'forged ')).is).toBe('hostile')
    for (const reserved of [0, Number.MAX_SAFE_INTEGER])
      expect(applyTo(start, 'client-b', insert(copyOf(start, reserved), 0, 'forged ')).is).toBe('hostile')
    expect(applyTo(hers.manuscript, 'client-a', insert(ann, 0, 'more ')).is).toBe('applied')
  })

  it('TXT-13 is kept as few bytes more with each edit, and begun anew when it is too large', () => {
    let manuscript = makeManuscript('', 'x')
    const doc = copyOf(manuscript, 7)
    const type = (text: string) => {
      const applied = applyTo(manuscript, 'client-a', insert(doc, 0, text))
      if (applied.is === 'applied') ({ manuscript } = applied)
      return applied.is
    }
    type('a')
    const { base } = manuscript
    for (let n = 0; n < 100; n++) type('b')
    expect(manuscript.base).toBe(base)
    expect(Math.max(...manuscript.tail.map(({ length }) => length))).toBeLessThan(60)
    for (let n = 0; n < 300; n++) type('c')
    expect(manuscript.base).not.toBe(base)
    expect(manuscript.lineage).toBe('x')
    const long = 'long '.repeat(2_000)
    let last = ''
    for (let n = 0; manuscript.lineage === 'x' && n < 100; n++) {
      last = type(long)
    }
    expect(last).toBe('applied')
    expect(textOf(manuscript)).toBe(doc.getText('t').toString())
    expect(type('d')).toBe('missing')
  })

  it('TXT-14 tells what somebody lacks, by what they have', () => {
    const start = makeManuscript('begun', 'x')
    const ben = copyOf(start, 9)
    const written = writeText(start, 'well begun')
    const update = updateSince(written, toBase64(encodeStateVector(ben)))
    applyUpdate(ben, fromBase64(update ?? '') ?? new Uint8Array())
    expect(ben.getText('t').toString()).toBe('well begun')
    expect(update?.length).toBeLessThan(toBase64(encodeStateAsUpdate(ben)).length)
    expect(updateSince(written, 'no vector!')).toBeUndefined()
    expect(updateSince(written, '_w')).toBeUndefined()
  })
})
