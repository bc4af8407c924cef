import { expect, it } from 'vitest'
import type { Application } from '../../../src/core/app/application.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'

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
