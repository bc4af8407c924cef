import { expect, it } from 'vitest'
import { Patterns, readRules, touchedTags } from '../../../src/core/access/tags.ts'
import type { Application } from '../../../src/core/app/application.ts'
import { recordChanges } from '../../../src/core/query/changes.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'

/** Guests see open cards only. */
const guarded: Application = {
  ...board,
  rules: new Map([
    [
      'cards',
      {
        read: ({ role }) => (role === 'guest' ? ['=', 'state', 'open'] : EVERYTHING),
        hidden: ({ role }) => (role === 'guest' ? ['note', 'owner'] : []),
        tags: (card) => [
          'board',
          `state_${String(card['state'])}`,
          `title_${String(card['title'])}`,
          `by_${String(card['owner'])}`,
        ],
      },
    ],
  ]),
}

function touched(role: string, ...ops: Parameters<Author['edit']>): string[] {
  const tenant = new MemoryTenant(guarded)
  const mia = new Author(tenant, 'client-a1')
  mia.send(insert('cards', 'c1', { title: 'a', owner: 'mia' }))
  const from = tenant.head
  for (const op of ops) {
    mia.look()
    mia.send(op)
  }
  const changes = recordChanges(tenant.log.slice(from).toReversed(), (collection, id) =>
    tenant.row(collection, id),
  )
  const rules = readRules(guarded, { sub: 'x', tenant: 'acme', role })
  return [...touchedTags(guarded, changes, rules)].sort()
}

it('INV-20 the tags of every state that a record had are touched, also of one it had in between', () => {
  const steps = [set('cards', 'c1', { title: 'b' }), set('cards', 'c1', { title: 'c' })]
  expect(touched('owner', ...steps)).toEqual([
    'board',
    'by_mia',
    'state_open',
    'title_a',
    'title_b',
    'title_c',
  ])
  expect(touched('owner', remove('cards', 'c1'))).toEqual(['board', 'by_mia', 'state_open', 'title_a'])
})

it('INV-21 what somebody may not see touches nothing for them', () => {
  const steps = [set('cards', 'c1', { state: 'won' }), set('cards', 'c1', { title: 'secret' })]
  expect(touched('guest', ...steps)).toEqual(['board', 'by_', 'state_open', 'title_a'])
})

it('INV-21 nor does a change of what is hidden from them alone, and no tag says what that holds', () => {
  expect(touched('guest', set('cards', 'c1', { note: 'secret' }))).toEqual([])
  expect(touched('owner', set('cards', 'c1', { note: 'secret' }))).toHaveLength(4)
  expect(touched('guest', set('cards', 'c1', { note: 'secret', title: 'b' }))).toEqual([
    'board',
    'by_',
    'state_open',
    'title_a',
    'title_b',
  ])
})

it('INV-20 a collection without tags of its own has its list and its records', () => {
  expect(touched('owner', insert('keepers', 'k1', { title: 'k', owner: 'mia' }))).toEqual([
    'keepers_k1',
    'keepers_list',
  ])
})

it('INV-22 a pattern is the beginning of tags and a star; a star alone is all of them', () => {
  const tags = ['cards_list', 'cards_i1', 'assignee_c1']
  expect(new Patterns(['cards_*']).matching(tags)).toEqual(['cards_i1', 'cards_list'])
  expect(new Patterns(['cards_', 'assignee_c1']).matching(tags)).toEqual(['assignee_c1'])
  expect(new Patterns(['*']).matching(tags)).toHaveLength(3)
})
