import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board, cards } from '../../../test/fixtures/board.ts'
import { Author, insert, MemoryTenant, set } from '../../../test/support/memory-tenant.ts'
import { holds } from '../../../test/support/property.ts'
import { replay } from '../../src/replica/replay-op.ts'
import { accepted, DeskClient, manifest, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const best = fc.integer({ min: -9, max: 9 })
const first = fc.option(fc.constantFrom('2026-01-31', '2026-02-01', '2025-12-31'))

it('MRG-6 what is shown of an own edit is what the object comes to, whatever others wrote meanwhile', () => {
  const write = fc.tuple(fc.nat(1), fc.record({ best, first }))
  holds(
    fc.property(fc.array(write, { maxLength: 8 }), fc.array(fc.record({ best, first })), (before, own) => {
      const tenant = new MemoryTenant(board)
      const authors = [new Author(tenant, 'client-a1'), new Author(tenant, 'client-b2')]
      const mia = new Author(tenant, 'client-m1')
      mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
      for (const [who, values] of before) authors[who]?.send(set('cards', 'c1', values))
      const ops = own.map((values) => set('cards', 'c1', values))
      const shown = ops.reduce<Row | undefined>(
        (row, op) => replay(cards, row, op),
        tenant.row('cards', 'c1'),
      )
      for (const op of ops) mia.send(op)
      expect(tenant.row('cards', 'c1')).toEqual(shown)
    }),
  )
})

/** The notes at the desk, whose stars are the greatest number that anybody gave. */
const greatest: Manifest = {
  hash: 'desk-greatest',
  collections: manifest.collections.map((collection) => ({
    ...collection,
    columns: collection.columns.map((column) =>
      column.name === 'stars' ? { ...column, policy: { kind: 'max' } } : column,
    ),
  })),
}

it('MRG-6 a draft sets it, and a lesser value than the one that is shown is sent and not shown', async () => {
  const desk = new DeskClient()
  desk.watch()
  await desk.connect({ manifest: greatest, manifestHash: greatest.hash })
  await desk.snapshot(10, note('a', 'a', 5))
  const starred = (stars: number) =>
    desk.db.notes.update('a', (draft) => {
      draft.stars = stars
    })
  starred(9)
  starred(7)
  await settle()
  expect(desk.socket.takeEdits().map(({ ops }) => ops)).toMatchObject([
    [{ fields: { stars: { set: 9 } } }],
    [{ fields: { stars: { set: 7 } } }],
  ])
  expect(desk.rows).toMatchObject([{ stars: 9, $sync: { pending: true } }])
  // Somebody has given more meanwhile, then the answers come.
  await desk.say(['rows', 10, 11, [[0, [], [['a', 2, 20]], []]]])
  expect(desk.rows).toMatchObject([{ stars: 20, $sync: { pending: true } }])
  await desk.say(accepted(1, 12), accepted(2, 13), ['rows', 11, 13, []], ['committed', 13])
  expect(desk.rows).toMatchObject([{ stars: 20, $sync: { pending: false, committing: false } }])
})

it('MRG-6 a draft of what is no value of the column is refused before it is sent', async () => {
  const desk = new DeskClient()
  desk.watch()
  await desk.connect({ manifest: greatest, manifestHash: greatest.hash })
  await desk.snapshot(10, note('a', 'a', 5))
  const edit = desk.db.notes.update('a', (draft) => {
    draft.stars = 0.5
  })
  expect(await edit.accepted).toMatchObject({ ok: false, error: { code: 'bad-value', ref: 'stars' } })
})
