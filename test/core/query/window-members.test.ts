import { expect, it } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import type { RecordChange } from '../../../src/core/query/changes.ts'
import { compareRows } from '../../../src/core/query/compare-rows.ts'
import { concernedBy, type Moved, moved } from '../../../src/core/query/delta.ts'
import { matches } from '../../../src/core/query/filter.ts'
import type { View } from '../../../src/core/query/view.ts'
import { WindowMembers } from '../../../src/core/query/window-members.ts'
import type { Row } from '../../../src/protocol/value.ts'

const viewOf = (limit: number): View => ({
  collection: { name: 'cards', columns: [], insertOnly: false, deletes: 'win' },
  filter: ['=', 'open', true],
  orderBy: [
    ['rank', 'desc'],
    ['title', 'asc'],
  ],
  limit,
  columns: ['id', 'rank', 'title', 'note'],
})

/** A table that counts the rows that a window has it read. */
class Table {
  readonly rows = new Map<string, Row>()
  read = 0
  readonly #view: View

  constructor(view: View) {
    this.#view = view
  }

  *scan(place?: Row): Generator<Row> {
    const compare = compareRows(this.#view.orderBy)
    const shown = [...this.rows.values()].filter((row) => matches(this.#view.filter, row))
    for (const row of shown.sort(compare)) {
      if (place && compare(row, place) <= 0) continue
      this.read += 1
      yield row
    }
  }

  /** Writes a row, or deletes it. */
  put(id: string, after: Row | undefined): RecordChange {
    const before = this.rows.get(id)
    if (after) this.rows.set(id, after)
    else this.rows.delete(id)
    return { collection: 'cards', id, before, after }
  }
}

const byId = (moves: readonly Moved[]) =>
  moves.filter(({ before, after }) => before !== after).toSorted((a, b) => (a.id < b.id ? -1 : 1))

const drawRow = (random: Random, id: string): Row => ({
  id,
  open: random.chance(0.8),
  rank: random.chance(0.1) ? null : random.whole(0, 5),
  title: random.pick(['a', 'b', 'c', 'é', '😀']),
  note: random.whole(0, 9),
})

it.each([1, 2, 3, 7, 20, 200])(
  'LOD-8 what moves in a window of %i is what reading it anew tells',
  (limit) => {
    const random = new Random(limit)
    const view = viewOf(limit)
    const table = new Table(view)
    for (let i = 0; i < 100; i++) table.put(`c${i}`, drawRow(random, `c${i}`))
    const first = [...table.scan()].slice(0, limit)
    const members = new WindowMembers(view, limit, first, first.length < limit)
    let moves = 0
    for (let turn = 0; turn < 600; turn++) {
      const changes = new Map<string, RecordChange>()
      // Now and then a large part of the table, and at times all of it.
      const many = random.chance(0.05) ? 100 : random.whole(1, 5)
      const empties = random.chance(0.02)
      for (let i = 0; i < many; i++) {
        const id = `c${random.whole(0, 99)}`
        if (changes.has(id)) continue
        changes.set(id, table.put(id, empties || random.chance(0.3) ? undefined : drawRow(random, id)))
      }
      const concerned = concernedBy(view, changes)
      const expected = moved(view, changes, () => table.scan())
      const told = members.move(concerned, {
        after: (place) => table.scan(place),
        row: (id) => table.rows.get(id),
      })
      expect(byId(told)).toEqual(byId(expected))
      moves += expected.length
    }
    expect(moves).toBeGreaterThan(50)
  },
)

it('LOD-8 a change in a large window reads no rows, and one that leaves it few', () => {
  const view = viewOf(1_000)
  const table = new Table(view)
  for (let i = 0; i < 20_000; i++)
    table.put(`c${i}`, { id: `c${i}`, open: true, rank: i, title: 'a', note: 0 })
  const members = new WindowMembers(view, 1_000, [...table.scan()].slice(0, 1_000), false)
  table.read = 0
  const move = (change: RecordChange) =>
    members.move(concernedBy(view, new Map([[change.id, change]])), {
      after: (place) => table.scan(place),
      row: (id) => table.rows.get(id),
    })
  const top = (i: number) => `c${19_999 - i}`
  for (let i = 0; i < 500; i++) {
    const row = table.rows.get(top(i))
    expect(move(table.put(top(i), { ...row, note: 1 }))).toHaveLength(1)
  }
  expect(table.read).toBe(0)
  for (let i = 0; i < 500; i++) expect(move(table.put(top(i), undefined))).toHaveLength(2)
  expect(table.read).toBeLessThan(2 * 500)
})
