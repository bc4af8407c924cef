import { describe, expect, it } from 'vitest'
import { people } from '../../../src/core/app/audience.ts'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { MAX_NOTIFICATIONS } from '../../../src/core/edits/notify.ts'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { insert, outcome, set } from '../../support/memory-tenant.ts'
import { begin, card, type NotifyRules } from '../../support/notices.ts'

describe('a rule that is at fault', () => {
  const faults = (rules: NotifyRules, ...ops: Op[]) => {
    const { tenant, mia, told } = begin(rules)
    const turn = new Turn(tenant, 0)
    mia.look()
    const edit = mia.edit(...ops)
    const verdicts = tenant.pushIn(turn, 'client-a1', [edit])
    tenant.write(turn)
    return { verdict: outcome(verdicts[0]), errors: turn.faults.map(({ error }) => error), told: told() }
  }
  const ok = { to: 'zoe', kind: 'fine' }

  it.each([
    [
      'throws',
      () => {
        throw new Error('no luck')
      },
      'no luck',
    ],
    ['gives a text', () => 'hello', 'a rule gives notifications'],
    ['has no kind', () => ({ to: 'zoe' }), 'the kind of a notification'],
    ['has no audience', () => ({ kind: 'x' }), '"to" is a subject'],
    ['asks for another claim', () => ({ to: people({ team: 'a' }), kind: 'x' }), 'notifications.audience'],
    [
      'asks for too many claims',
      () => ({ to: people({ role: 'a', regions: 'b', sub: 'c', d: 'e' }), kind: 'x' }),
      'an audience asks for 3 claims',
    ],
    [
      'names too many',
      () => ({ to: Array.from({ length: 51 }, (_, i) => `p${i}`), kind: 'x' }),
      '"to" may list 50',
    ],
    ['says too much', () => ({ ...ok, data: { text: 'x'.repeat(2_000) } }), 'may have 2000 characters'],
    ['says what cannot be kept', () => ({ ...ok, data: { text: 'a\0b' } }), 'cannot be kept'],
    ['says what is no number', () => ({ ...ok, data: { n: Number.NaN } }), 'cannot be kept'],
    ['gives a list with one that is none', () => [ok, { kind: 'x' }], '"to" is a subject'],
    ['has a group that is none', () => ({ ...ok, group: 5 }), '"group" is a text'],
  ])('NTF-8 because it %s costs nobody an edit, and tells of nothing', (_, insertRule, error) => {
    const found = faults(
      { cards: { insert: insertRule }, keepers: { insert: () => ok } },
      card(),
      insert('keepers', 'k1', { title: 'Tide', owner: 'mia' }),
    )
    expect(found.verdict).toBe('accepted')
    expect(found.told.map(({ kind }) => kind)).toEqual(['fine'])
    expect(found.errors).toEqual([expect.stringContaining(error)])
  })

  it('NTF-8 is named once, however many records it fails for', () => {
    const thrown = () => {
      throw new Error('no luck')
    }
    const { errors } = faults({ cards: { insert: thrown } }, card('c1'), card('c2'), card('c3'))
    expect(errors).toHaveLength(1)
  })

  it('NTF-8 costs Postgres no change either', () => {
    const thrown = () => {
      throw new Error('no luck')
    }
    const { tenant } = begin({ cards: { insert: thrown } })
    const about = { collection: 'cards', id: 'c1', epoch: 'epoch1', seen: 0, by: 'import' }
    tenant.takeExternal([{ ...about, kind: 'insert', before: {}, after: { id: 'c1', title: 'Tide' } }])
    expect(tenant.row('cards', 'c1')).toMatchObject({ title: 'Tide' })
  })

  it('NTF-9 within an edit of a hundred records tells what there is room for', () => {
    const named = Array.from({ length: 50 }, (_, i) => `p${i}`)
    const ids = Array.from({ length: 11 }, (_, i) => `c${i}`)
    const { told, errors } = faults({ cards: { insert: () => ({ to: named, kind: 'x' }) } }, ...ids.map(card))
    expect(told).toHaveLength(MAX_NOTIFICATIONS)
    expect(errors).toEqual([expect.stringContaining('an edit tells 500 things at most')])
  })
})

describe('what the engine tells by itself', () => {
  /** Ivo writes over titles that Mia wrote and he has not seen, of so many cards whose texts have so many characters. */
  const overwritten = (cards: number, length: number) => {
    const { tenant, mia, ivo, told } = begin({})
    const ids = Array.from({ length: cards }, (_, i) => `c${i}`)
    const all = (values: Row) => ids.map((id) => set('cards', id, values))
    mia.look()
    mia.send(...ids.map((id) => card(id)))
    mia.send(...all({ note: 'n'.repeat(length) }))
    mia.send(...all({ advice: 'a'.repeat(length) }))
    ivo.look()
    mia.send(...all({ title: 'High' }))
    const turn = new Turn(tenant, 0)
    const verdicts = tenant.pushIn(turn, 'client-b2', [ivo.edit(...all({ title: 'Low' }))])
    tenant.write(turn)
    const kept = tenant.log
      .flatMap(({ changes }) => changes)
      .filter(({ collection }) => collection === CONFLICTS)
    return { verdict: outcome(verdicts[0]), faults: turn.faults, told: told(), kept }
  }

  it('NTF-8 costs nobody an edit, however much it would be', () => {
    const { verdict, faults, told, kept } = overwritten(40, 6_000)
    expect(verdict).toBe('accepted')
    expect(kept).toHaveLength(40)
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(40)
    const because = { rule: 'notify.conflict', error: expect.stringContaining('at most') }
    expect(faults).toEqual([expect.objectContaining(because)])
  })

  it('NTF-9 is told where it is one thing, however much its record holds', () => {
    expect(overwritten(1, 200_000)).toMatchObject({
      verdict: 'accepted',
      told: [{ kind: 'conflict' }],
      faults: [],
    })
  })
})
