import * as fc from 'fast-check'
import { board } from '../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, remove, set } from './memory-tenant.ts'

export const CARD_IDS = ['c1', 'c2', 'c3'] as const

/** What somebody does to one of three cards, and a number to make the value of. */
export type Action = [kind: 'insert' | 'title' | 'vote' | 'remove', id: (typeof CARD_IDS)[number], n: number]

export const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.tuple(
    fc.constantFrom('insert', 'title', 'vote', 'remove'),
    fc.constantFrom(...CARD_IDS),
    fc.integer({ min: 1, max: 9 }),
  ),
  { maxLength: 40 },
)

/** A tenant in which one author, who sees everything, did all that; what is refused leaves nothing. */
export function tenantAfter(list: readonly Action[]): MemoryTenant {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  for (const [kind, id, n] of list) {
    mia.look()
    if (kind === 'insert') mia.send(insert('cards', id, { title: `t${n}`, owner: 'mia' }))
    else if (kind === 'title') mia.send(set('cards', id, { title: `t${n}` }))
    else if (kind === 'vote') mia.send(addTo('cards', id, 'votes', n))
    else mia.send(remove('cards', id))
  }
  return tenant
}
