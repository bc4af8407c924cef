import { describe, expect, it } from 'vitest'
import {
  acknowledge,
  admit,
  type ClientMark,
  forgetReverts,
  newMark,
  type StoredVerdict,
} from '../../../src/core/edits/admit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import { MAX_UNACKNOWLEDGED_EDITS } from '../../../src/protocol/limits.ts'

const settle = (mark: ClientMark, verdict: StoredVerdict): ClientMark => ({
  ...mark,
  last: verdict.n,
  verdicts: [...mark.verdicts, verdict],
})

/** A mark after `count` accepted edits, edit n at seq 10n with hash `h${n}`. */
function markAfter(count: number): ClientMark {
  let mark = newMark('client-a1', 'mia')
  for (let n = 1; n <= count; n++) mark = settle(mark, { n, hash: `h${n}`, seq: n * 10 })
  return mark
}

describe('admission', () => {
  it('ADM-3 the next edit of a client is fresh', () => {
    expect(admit(markAfter(2), 3, 'h3')).toEqual({ is: 'fresh' })
  })

  it('ADM-3 an edit that comes too early is refused for now, with the number that is expected', () => {
    const admission = admit(markAfter(2), 5, 'h5')
    expect(admission).toMatchObject({
      is: 'refused',
      verdict: { n: 5, error: { code: 'gap', retryable: true, ref: 3 } },
    })
  })

  it('ADM-4 a repeated edit gets the verdict it got', () => {
    expect(admit(markAfter(2), 1, 'h1')).toEqual({
      is: 'answered',
      verdict: { is: 'accepted', n: 1, seq: 10 },
    })
  })

  it('ADM-4 a repeated edit that was refused is refused the same way', () => {
    const error = wireError('exists', 'There is one.')
    const mark = settle(markAfter(0), { n: 1, hash: 'h1', error })
    expect(admit(mark, 1, 'h1')).toEqual({ is: 'answered', verdict: { is: 'rejected', n: 1, error } })
  })

  it('ADM-4 a repeated edit that was reverted since is answered as reverted', () => {
    const revert = { n: 2, seq: 20, error: wireError('refused-unique', 'Taken.') }
    const mark = { ...markAfter(3), reverts: [revert] }
    expect(admit(mark, 2, 'h2')).toEqual({ is: 'answered', verdict: { is: 'reverted', ...revert } })
  })

  it('ADM-5 a number that comes again with other content is refused', () => {
    const admission = admit(markAfter(2), 2, 'other')
    expect(admission).toMatchObject({ is: 'answered', verdict: { error: { code: 'duplicate-mismatch' } } })
  })

  it('ADM-5 an edit whose receipt was acknowledged is settled, whatever it holds', () => {
    const admission = admit(acknowledge(markAfter(2), 2), 1, 'h1')
    expect(admission).toMatchObject({ is: 'answered', verdict: { error: { code: 'already-settled' } } })
  })
})

describe('a mark from an earlier log', () => {
  it('ADM-7 answers an edit that Postgres refused with its refusal, others as settled', () => {
    const error = wireError('refused-unique', 'Taken.')
    const mark = { ...newMark('client-a1', 'mia'), last: 3, acknowledged: 3, refused: [{ n: 2, error }] }
    expect(admit(mark, 2, 'h2')).toMatchObject({ is: 'answered', verdict: { error } })
    expect(admit(mark, 3, 'h3')).toMatchObject({ verdict: { error: { code: 'already-settled' } } })
  })
})

describe('what is remembered of a client', () => {
  it('ADM-6 acknowledged verdicts are forgotten, the numbering is not', () => {
    const mark = acknowledge(markAfter(5), 3)
    expect(mark.verdicts.map(({ n }) => n)).toEqual([4, 5])
    expect(mark.last).toBe(5)
  })

  it('ADM-6 an acknowledgement never goes back, and never beyond what was answered', () => {
    const mark = acknowledge(markAfter(5), 3)
    expect(acknowledge(mark, 2)).toBe(mark)
    expect(acknowledge(mark, 99).acknowledged).toBe(5)
  })

  it('ADM-6 a client that never acknowledges has to wait at the limit, and goes on after', () => {
    const mark = markAfter(MAX_UNACKNOWLEDGED_EDITS)
    const next = MAX_UNACKNOWLEDGED_EDITS + 1
    expect(admit(mark, next, 'h')).toMatchObject({
      is: 'refused',
      verdict: { error: { code: 'unacknowledged-full', retryable: true } },
    })
    expect(admit(acknowledge(mark, 1), next, 'h')).toEqual({ is: 'fresh' })
  })

  it('ADM-6 reverts are kept until the client no longer waits for their edits', () => {
    const error = wireError('refused-unique', 'Taken.')
    const mark = {
      ...markAfter(5),
      reverts: [
        { n: 2, seq: 20, error },
        { n: 4, seq: 40, error },
      ],
    }
    expect(forgetReverts(mark, 2).reverts.map(({ n }) => n)).toEqual([2, 4])
    expect(forgetReverts(mark, 3).reverts.map(({ n }) => n)).toEqual([4])
  })
})
