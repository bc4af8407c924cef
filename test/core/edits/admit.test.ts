import { describe, expect, it } from 'vitest'
import {
  acknowledge,
  admit,
  type ClientState,
  forgetReverts,
  newClientState,
  type StoredVerdict,
} from '../../../src/core/edits/admit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import { MAX_UNACKNOWLEDGED_EDITS, MAX_UNACKNOWLEDGED_REASONS } from '../../../src/protocol/limits.ts'

const settleEdit = (state: ClientState, verdict: StoredVerdict): ClientState => ({
  ...state,
  last: verdict.n,
  verdicts: [...state.verdicts, verdict],
})

/** A mark after `count` accepted edits, edit n at seq 10n with hash `h${n}`. */
function stateAfter(count: number): ClientState {
  let state = newClientState('client-a1', 'mia')
  for (let n = 1; n <= count; n++) state = settleEdit(state, { n, hash: `h${n}`, seq: n * 10 })
  return state
}

describe('admission', () => {
  it('ADM-3 the next edit of a client is fresh', () => {
    expect(admit(stateAfter(2), 3, 'h3')).toEqual({ is: 'fresh' })
  })

  it('ADM-3 an edit that comes too early is refused for now, with the number that is expected', () => {
    const admission = admit(stateAfter(2), 5, 'h5')
    expect(admission).toMatchObject({
      is: 'refused',
      verdict: { n: 5, error: { code: 'gap', retryable: true, ref: 3 } },
    })
  })

  it('ADM-4 a repeated edit gets the verdict it got', () => {
    expect(admit(stateAfter(2), 1, 'h1')).toEqual({
      is: 'answered',
      verdict: { is: 'accepted', n: 1, seq: 10 },
    })
  })

  it('ADM-4 a repeated edit that was refused is refused the same way', () => {
    const error = wireError('exists', 'There is one.')
    const state = settleEdit(stateAfter(0), { n: 1, hash: 'h1', error })
    expect(admit(state, 1, 'h1')).toEqual({ is: 'answered', verdict: { is: 'rejected', n: 1, error } })
  })

  it('ADM-4 a repeated edit that was reverted since is answered as reverted', () => {
    const revert = { n: 2, seq: 20, error: wireError('refused-unique', 'Taken.') }
    const state = { ...stateAfter(3), reverts: [revert] }
    expect(admit(state, 2, 'h2')).toEqual({ is: 'answered', verdict: { is: 'reverted', ...revert } })
  })

  it('ADM-5 a number that comes again with other content is refused', () => {
    const admission = admit(stateAfter(2), 2, 'other')
    expect(admission).toMatchObject({ is: 'answered', verdict: { error: { code: 'duplicate-mismatch' } } })
  })

  it('ADM-5 an edit whose receipt was acknowledged is settled, whatever it holds', () => {
    const admission = admit(acknowledge(stateAfter(2), 2), 1, 'h1')
    expect(admission).toMatchObject({ is: 'answered', verdict: { error: { code: 'already-settled' } } })
  })
})

describe('a mark from an earlier log', () => {
  it('ADM-7 answers an edit that Postgres refused with its refusal, others as settled', () => {
    const error = wireError('refused-unique', 'Taken.')
    const state = {
      ...newClientState('client-a1', 'mia'),
      last: 3,
      acknowledged: 3,
      refused: [{ n: 2, error }],
    }
    expect(admit(state, 2, 'h2')).toMatchObject({ is: 'answered', verdict: { error } })
    expect(admit(state, 3, 'h3')).toMatchObject({ verdict: { error: { code: 'already-settled' } } })
  })
})

describe('what is remembered of a client', () => {
  it('ADM-6 acknowledged verdicts are forgotten, the numbering is not', () => {
    const state = acknowledge(stateAfter(5), 3)
    expect(state.verdicts.map(({ n }) => n)).toEqual([4, 5])
    expect(state.last).toBe(5)
  })

  it('ADM-6 an acknowledgement never goes back, and never beyond what was answered', () => {
    const state = acknowledge(stateAfter(5), 3)
    expect(acknowledge(state, 2)).toBe(state)
    expect(acknowledge(state, 99).acknowledged).toBe(5)
  })

  it('ADM-6 a client that never acknowledges has to wait at the limit, and goes on after', () => {
    const state = stateAfter(MAX_UNACKNOWLEDGED_EDITS)
    const next = MAX_UNACKNOWLEDGED_EDITS + 1
    expect(admit(state, next, 'h')).toMatchObject({
      is: 'refused',
      verdict: { error: { code: 'unacknowledged-full', retryable: true } },
    })
    expect(admit(acknowledge(state, 1), next, 'h')).toEqual({ is: 'fresh' })
  })

  it('LOD-6 refusals that a client does not acknowledge are kept up to a size, and so are undone edits', () => {
    const error = wireError('bad-id', '\u0001'.repeat(100))
    let state = newClientState('client-a1', 'mia')
    while (admit(state, state.last + 1, 'h').is === 'fresh')
      state = settleEdit(state, { n: state.last + 1, hash: 'h', error })
    expect(JSON.stringify(state).length).toBeLessThan(1.2 * MAX_UNACKNOWLEDGED_REASONS)
    expect(admit(state, state.last + 1, 'h')).toMatchObject({
      verdict: { error: { code: 'unacknowledged-full', retryable: true } },
    })
    const reverts = state.verdicts.map(({ n }) => ({ n, seq: n, error }))
    const told = acknowledge({ ...state, reverts }, state.last)
    expect(admit(told, state.last + 1, 'h').is).toBe('refused')
    expect(admit(forgetReverts(told, state.last), state.last + 1, 'h').is).toBe('fresh')
  })

  it('ADM-6 reverts are kept until the client no longer waits for their edits', () => {
    const error = wireError('refused-unique', 'Taken.')
    const state = {
      ...stateAfter(5),
      reverts: [
        { n: 2, seq: 20, error },
        { n: 4, seq: 40, error },
      ],
    }
    expect(forgetReverts(state, 2).reverts.map(({ n }) => n)).toEqual([2, 4])
    expect(forgetReverts(state, 3).reverts.map(({ n }) => n)).toEqual([4])
  })
})
