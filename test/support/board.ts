import { type Application, add } from '../../src/core/application.ts'
import type { Collection, Column, Policy } from '../../src/protocol/manifest.ts'

/** A small application with every merge policy in it, for tests of the core. */

export function column(name: string, more: Partial<Column> = {}): Column {
  return { name, type: 'text', nullable: false, policy: { kind: 'lww' }, ...more }
}

const states: Policy = { kind: 'states', transitions: { open: ['won', 'lost'], won: ['archived'] } }

export const cards: Collection = {
  name: 'cards',
  insertOnly: false,
  deletes: 'win',
  columns: [
    column('id'),
    column('title'),
    column('note', { nullable: true }),
    column('votes', { type: 'integer', default: 0, policy: { kind: 'counter' } }),
    column('owner', { policy: { kind: 'immutable' } }),
    column('state', { default: 'open', values: ['open', 'won', 'lost', 'archived'], policy: states }),
    column('points', { type: 'bigint', default: 0, policy: { kind: 'effect', of: 'counter' } }),
  ],
}

/** Cards on which a change wins over a concurrent delete. */
export const keepers: Collection = { ...cards, name: 'keepers', deletes: 'lose' }

export const awards: Collection = {
  name: 'awards',
  insertOnly: true,
  deletes: 'win',
  columns: [column('id'), column('card'), column('points', { type: 'bigint' })],
}

/** Awards add to their card's points, in the same edit, and note when it has over a hundred; readers may not write. */
export const board: Application = {
  manifest: { hash: 'board', collections: [cards, keepers, awards] },
  rules: new Map([
    ['cards', { write: ({ claims }) => claims['role'] !== 'reader' || 'Readers only read.' }],
    [
      'awards',
      {
        effects: {
          insert(port, award) {
            const id = String(award['card'])
            const points = Number(award['points'])
            const card = port.get('cards', id)
            if (!card) return port.refuse('There is no such card.')
            if (points <= 0) return port.refuse('An award is more than nothing.')
            port.update('cards', id, { points: add(points), state: 'won' })
            if (Number(card['points']) + points > 100) port.update('cards', id, { note: 'a hundred' })
          },
        },
      },
    ],
  ]),
}
