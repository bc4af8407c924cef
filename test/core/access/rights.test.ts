import { describe, expect, it } from 'vitest'
import type { Application } from '../../../src/core/app/application.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'

/** Guests see Tom's cards only, and no notes. */
const guarded: Application = {
  ...board,
  rules: new Map([
    [
      'cards',
      {
        read: ({ role }) => (role === 'guest' ? ['=', 'owner', 'tom'] : EVERYTHING),
        hidden: ({ role }) => (role === 'guest' ? ['note'] : []),
      },
    ],
  ]),
}

function withCards() {
  const tenant = new MemoryTenant(guarded)
  const mia = new Author(tenant, 'client-a1')
  mia.send(insert('cards', 'hers', { title: 'hers', owner: 'mia' }))
  mia.send(insert('cards', 'toms', { title: 'toms', owner: 'tom' }))
  const guest = new Author(tenant, 'client-b2')
  guest.look()
  const tries = (...edits: Parameters<Author['edit']>) =>
    tenant.push('client-b2', [guest.edit(...edits)], { role: 'guest' })[0]
  return { tenant, tries }
}

it('RDR-4 a record that somebody may not see is not found by their edits, in the words of one that is not there', () => {
  const { tenant, tries } = withCards()
  for (const make of [
    (id: string) => set('cards', id, { title: 'theirs' }),
    (id: string) => remove('cards', id),
  ]) {
    const [unseen, absent] = [tries(make('hers')), tries(make('none'))]
    expect(unseen).toMatchObject({ is: 'rejected', error: { code: 'not-found' } })
    expect(
      JSON.stringify(unseen)
        .replace('hers', 'none')
        .replace(/"n":\d+/, ''),
    ).toBe(JSON.stringify(absent).replace(/"n":\d+/, ''))
  }
  expect(tenant.row('cards', 'hers')?.['title']).toBe('hers')
  expect(tries(set('cards', 'toms', { title: 'theirs' }))).toMatchObject({ is: 'accepted' })
})

it('RDR-4 a hidden column is unknown to their edits, like one that does not exist', () => {
  const { tries } = withCards()
  const verdicts = [
    tries(set('cards', 'toms', { note: 'x' })),
    tries(set('cards', 'toms', { nothing: 'x' })),
    tries(insert('cards', 'new', { title: 'new', owner: 'tom', note: 'x' })),
  ]
  for (const verdict of verdicts) expect(verdict).toMatchObject({ error: { code: 'unknown-column' } })
})

describe('what is hidden and what never was have the same answer', () => {
  const asked: unknown[] = []
  /** Guests see Tom's cards and no notes, and the rule has an answer of its own for each record and for none. */
  const strict: Application = {
    ...guarded,
    rules: new Map([
      [
        'cards',
        {
          ...guarded.rules.get('cards'),
          write: ({ claims, row }) => {
            if (claims['role'] !== 'guest') return true
            asked.push(row?.['title'])
            return `Refused: ${String(row?.['title'])}.`
          },
        },
      ],
    ]),
  }
  const opened = () => {
    const tenant = new MemoryTenant(strict)
    const mia = new Author(tenant, 'client-a1')
    mia.send(insert('cards', 'hers', { title: 'hers', owner: 'mia' }))
    mia.send(insert('cards', 'gone', { title: 'gone', owner: 'mia' }))
    mia.look()
    mia.send(remove('cards', 'gone'))
    return tenant
  }
  const tell = (tenant: MemoryTenant, ...ops: Op[]) => {
    const guest = new Author(tenant, 'client-b2')
    guest.look()
    return JSON.stringify(tenant.push('client-b2', [guest.edit(...ops)], { role: 'guest' })[0])
  }
  const absent = 'none'
  const restore = (id: string): Op => ({ op: 'restore', collection: 'cards', id })

  it.each<[string, (id: string) => Op]>([
    ['an update', (id) => set('cards', id, { title: 'x' })],
    ['an update of a bad value', (id) => set('cards', id, { title: 5 })],
    ['an update of a hidden column', (id) => set('cards', id, { note: 'x' })],
    ['an update of no column there is', (id) => set('cards', id, { title: 'x', zzzz: 1 })],
    ['a delete', (id) => remove('cards', id)],
    ['a restore', restore],
  ])('RDR-5 holds in %s of a record', (_, make) => {
    for (const id of ['hers', 'gone']) {
      const [hidden, never] = [tell(opened(), make(id)), tell(opened(), make(absent))]
      expect(hidden.replaceAll(id, absent)).toBe(never)
    }
    expect(asked).toEqual([])
  })

  it.each<[string, (column: string) => Op]>([
    ['an update', (column) => set('cards', 'hers', { title: 'x', [column]: 'x' })],
    ['an update after a bad value', (column) => set('cards', 'hers', { title: 5, [column]: 'x' })],
    ['an update after another that is none', (column) => set('cards', 'hers', { yyyy: 5, [column]: 'x' })],
    ['an insert', (column) => insert('cards', 'new', { owner: 'tom', [column]: 'x' })],
    ['an insert of an id that is taken', (column) => insert('cards', 'hers', { [column]: 'x' })],
  ])('RDR-5 holds in %s of a column', (_, make) => {
    const [hidden, never] = [tell(opened(), make('note')), tell(opened(), make('zzzz'))]
    expect(hidden.replaceAll('note', 'zzzz')).toBe(never)
    expect(asked).toEqual([])
  })

  it('RDR-5 holds in an insert of an id that is taken, which no rule is asked about', () => {
    const tenant = opened()
    const guest = new Author(tenant, 'client-b2')
    const [verdict] = tenant.push(
      'client-b2',
      [guest.edit(insert('cards', 'hers', { title: 'x', owner: 'tom' }))],
      {
        role: 'guest',
      },
    )
    expect([outcome(verdict), asked]).toEqual(['exists', []])
  })
})

it('RDR-6 an insert that would have to fill a hidden column is refused without its name', () => {
  const application: Application = { ...board, rules: new Map([['cards', { hidden: () => ['owner'] }]]) }
  const tenant = new MemoryTenant(application)
  const verdict = new Author(tenant, 'client-a1').send(insert('cards', 'c1', { title: 'x' }))
  expect(outcome(verdict)).toBe('write-refused')
  expect(JSON.stringify(verdict)).not.toContain('owner')
})

it('RDR-7 of a record that is set aside only those learn who would see whatever it holds', () => {
  const { tenant, tries } = withCards()
  tenant.asides.set(recordKey('cards', 'bad'), { reason: '"votes" must be a whole number.', column: 'votes' })
  const verdicts = [
    tries(set('cards', 'bad', { title: 'x' })),
    tries(insert('cards', 'bad', { title: 'x', owner: 'tom' })),
  ]
  expect(verdicts.map(outcome)).toEqual(['not-found', 'exists'])
  expect(JSON.stringify(verdicts)).not.toContain('votes')
  expect(outcome(new Author(tenant, 'client-a9').send(set('cards', 'bad', { title: 'x' })))).toBe('set-aside')
})
