import { describe, expect, it } from 'vitest'
import { endingOf } from '../src/conflicts/settled-words.ts'
import { changesOf, differences, shortened } from '../src/wording/differences.ts'

const marked = (text: string, other: string) =>
  differences(text, other)
    .map(({ text: piece, differs }) => (differs ? `[${piece}]` : piece))
    .join('')

describe('the inbox', () => {
  it('E2E-83 what another text has not is marked, by words', () => {
    expect(marked('Ask for Mrs Alder', 'Ask for Mr Birch')).toBe('Ask for [Mrs Alder]')
    expect(marked('one two', 'one two three')).toBe('one two')
    expect(marked('', 'x')).toBe('')
    expect(marked('£12.00', '£12.00')).toBe('£12.00')
    const long = 'word '.repeat(500)
    expect(differences(long, 'word')).toEqual([{ text: long, differs: true }])
  })

  it('E2E-83 a law: the pieces are the text, and what is not marked is in the other one, in this order', () => {
    const parts = ['', 'a', 'b', ' ', '\n', 'cd']
    const texts = parts.flatMap((one) => parts.flatMap((two) => parts.map((three) => one + two + three)))
    for (const text of new Set(texts)) {
      for (const other of new Set(texts)) {
        const pieces = differences(text, other)
        const words = pieces.filter(({ differs }) => !differs).flatMap((piece) => piece.text.split(/\s+/))
        let from = 0
        const isInOrder = words.every((word) => {
          const at = other.indexOf(word, from)
          from = at + word.length
          return at >= 0
        })
        expect([pieces.map((piece) => piece.text).join(''), isInOrder]).toEqual([text, true])
      }
    }
  })

  it('HIS-33 a text that became another is said by the words that went and came', () => {
    const said = (before: string, after: string) =>
      changesOf(before, after)
        .map(({ text, is }) => ({ same: text, gone: `-${text}-`, come: `+${text}+` })[is])
        .join('')
    expect(said('Ask for Mrs Alder', 'Ask for Mr Birch')).toBe('Ask for -Mrs Alder-+Mr Birch+')
    expect(said('Called.', 'Called. Twice.')).toBe('Called.+ Twice.+')
    expect(said('one two three', 'one three')).toBe('one -two -three')
    expect([said('', 'new'), said('old', ''), said('same', 'same'), said('', '')]).toEqual([
      '+new+',
      '-old-',
      'same',
      '',
    ])
    const long = 'word '.repeat(1_000)
    expect(changesOf(`${long}old`, `${long}new`)).toEqual([
      { text: long, is: 'same' },
      { text: 'old', is: 'gone' },
      { text: 'new', is: 'come' },
    ])
    const cut = shortened(changesOf(`${long}old ${long}`, `${long}new ${long}`), 8).map(({ text }) => text)
    expect(cut).toEqual(['… word ', 'old', 'new', ' word …'])
    expect(shortened(changesOf('a b', 'a c'))).toEqual(changesOf('a b', 'a c'))
  })

  it('HIS-33 a law: what stayed and what went is the one text, what stayed and what came the other', () => {
    const parts = ['', 'a', 'b', ' ', '\n', 'cd']
    const texts = new Set(
      parts.flatMap((one) => parts.flatMap((two) => parts.map((three) => one + two + three))),
    )
    for (const before of texts) {
      for (const after of texts) {
        const changes = changesOf(before, after)
        const without = (left: string) =>
          changes.flatMap(({ text, is }) => (is === left ? [] : [text])).join('')
        expect([without('come'), without('gone')]).toEqual([before, after])
      }
    }
  })

  it('E2E-84 how a conflict ended is said with who did it', () => {
    const wording = { self: 'ada', nameOf: (subject: string) => (subject === 'ben' ? 'Ben' : subject) }
    const ended = (resolution: 'kept' | 'restored' | null, resolvedBy: string | null) =>
      endingOf({ state: 'resolved', resolution, resolvedBy }, wording)
    expect(ended('kept', 'ben')).toBe('Ben kept what had come out.')
    expect(ended('restored', 'ada')).toBe('You restored this.')
    expect(ended(null, null)).toBe('Somebody closed it.')
    expect(endingOf({ state: 'superseded', resolution: null, resolvedBy: null }, wording)).toBe(
      'Written again by somebody who had seen both.',
    )
  })
})
