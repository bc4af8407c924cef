import { describe, expect, it } from 'vitest'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { ExternalRowChange } from '../../../src/core/external/events.ts'
import { takePartial } from '../../../src/core/external/take-partial.ts'
import { completeEntry, droppedFrom, narrowEntry } from '../../../src/core/log/fit-entry.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { compareManifests } from '../../../src/core/records/schema-change.ts'
import type { Collection, Column } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { awards, board, cards, column } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, set } from '../../support/memory-tenant.ts'

const manifest = (...collections: Collection[]) => ({ hash: 'any', collections })
const withColumn = (name: string, more: Partial<Column>) => ({
  ...cards,
  columns: [...cards.columns.filter((one) => one.name !== name), column(name, more)],
})

describe('two manifests', () => {
  it.each([
    [
      'a new column has to be read',
      cards,
      withColumn('due', { type: 'date' }),
      { added: ['due'], removed: [] },
    ],
    ['a column that is gone means nothing', withColumn('due', {}), cards, { added: [], removed: ['due'] }],
    [
      'another type is another column',
      cards,
      withColumn('note', { type: 'json' }),
      { added: ['note'], removed: ['note'] },
    ],
    [
      'a narrower type is another column',
      cards,
      withColumn('points', { type: 'integer' }),
      { added: ['points'], removed: ['points'] },
    ],
  ])('SCH-10 %s', (_, held, wanted, { added, removed }) => {
    const change = compareManifests(manifest(held, awards), manifest(wanted, awards))
    expect(change?.added.get('cards') ?? []).toEqual(added)
    expect(change?.removed.get('cards') ?? []).toEqual(removed)
  })

  it.each([
    ['a wider type', withColumn('votes', { type: 'bigint' })],
    ['another policy', withColumn('owner', {})],
    ['other values and another default', withColumn('state', { default: 'won', values: ['won'] })],
    ['a column that may be empty now', withColumn('title', { nullable: true })],
    ['the same columns in another order', { ...cards, columns: cards.columns.toReversed() }],
  ])('SCH-10 %s fits the records as they are', (_, wanted) => {
    expect(compareManifests(manifest(cards), manifest(wanted))).toBeUndefined()
  })

  it('SCH-10 a collection that is gone is named; one that is new is loaded as any other', () => {
    expect(compareManifests(manifest(cards, awards), manifest(cards))?.removedCollections).toEqual(['awards'])
    expect(compareManifests(manifest(cards), manifest(cards, awards))).toBeUndefined()
  })
})

describe('an entry on its way to Postgres', () => {
  const entry = (more: Partial<LogEntry>): LogEntry => ({
    seq: 4,
    actor: 'client-a1',
    n: 2,
    subject: 'mia',
    at: 0,
    changes: [],
    ...more,
  })
  const update = { kind: 'update', collection: 'cards', id: 'c1' } as const
  const removed = { removed: new Map([['cards', ['hue', 'rank']]]), removedCollections: ['ghosts'] }

  it('SCH-6 goes on without what was removed, and what its author wrote there is told', () => {
    const made = entry({
      changes: [
        { ...update, before: { title: 'a', rank: 1 }, after: { title: 'b', rank: 3 }, adds: { rank: 2 } },
        { ...update, id: 'c2', before: { hue: 'x' }, after: { hue: 'y' } },
        { kind: 'insert', collection: 'ghosts', id: 'g1', after: { id: 'g1' } },
        { kind: 'delete', collection: 'cards', id: 'c3', before: { id: 'c3', hue: 'z' } },
      ],
      steps: [{ kind: 'insert', collection: 'cards', id: 'c4', after: { hue: 'z' }, revives: { rank: 1 } }],
    })
    expect(narrowEntry(made, removed)).toEqual(
      entry({
        changes: [
          { ...update, before: { title: 'a' }, after: { title: 'b' }, adds: {} },
          { kind: 'delete', collection: 'cards', id: 'c3', before: { id: 'c3' } },
        ],
        steps: [{ kind: 'insert', collection: 'cards', id: 'c4', after: {}, revives: {} }],
      }),
    )
    expect(droppedFrom(made, removed)).toEqual([
      { collection: 'cards', id: 'c1', values: { rank: 3 }, base: { rank: 1 } },
      { collection: 'cards', id: 'c2', values: { hue: 'y' }, base: { hue: 'x' } },
      { collection: 'ghosts', id: 'g1', values: { id: 'g1' } },
    ])
  })

  it('SCH-6 that was made in Postgres loses nothing there, so nothing is told', () => {
    const external = {
      ...update,
      before: { hue: 'x' },
      after: { hue: 'y', title: 't' },
      replaces: false,
      seen: 3,
    }
    const made = entry({
      actor: 'sql',
      external: [external],
      repairs: [{ ...update, before: {}, after: { hue: 'x' } }],
    })
    expect(narrowEntry(made, removed)).toMatchObject({
      external: [{ before: {}, after: { title: 't' } }],
      repairs: [],
    })
    expect(droppedFrom(made, removed)).toEqual([])
    const ghostly = narrowEntry(entry({ external: [{ ...external, collection: 'ghosts' }] }), removed)
    expect(ghostly.external).toEqual([])
  })

  it('SCH-1 gets the new columns of its whole rows from the records', () => {
    const completed = completeEntry(
      entry({
        changes: [
          { kind: 'insert', collection: 'cards', id: 'c1', after: { id: 'c1', title: 'a' } },
          { kind: 'delete', collection: 'cards', id: 'c2', before: { id: 'c2' } },
          { ...update, before: { title: 'a' }, after: { title: 'b' } },
        ],
      }),
      new Map([['cards', ['hue']]]),
      (collection, id, name) => `${collection} ${id} ${name}`,
    )
    expect(completed.changes).toEqual([
      { kind: 'insert', collection: 'cards', id: 'c1', after: { id: 'c1', title: 'a', hue: 'cards c1 hue' } },
      { kind: 'delete', collection: 'cards', id: 'c2', before: { id: 'c2', hue: 'cards c2 hue' } },
      { ...update, before: { title: 'a' }, after: { title: 'b' } },
    ])
  })
})

describe('an external change of a record that lacks columns', () => {
  const loading = new Map([['cards', ['votes', 'note']]])

  function take(change: Pick<ExternalRowChange, 'kind' | 'before' | 'after'>) {
    const tenant = new MemoryTenant(board)
    const mia = new Author(tenant, 'client-a1')
    mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia', votes: 5 }))
    mia.look()
    mia.send(set('cards', 'c1', { title: 'Mine' }))
    const turn = new Turn(tenant, 0)
    const about = { collection: 'cards', id: 'c1', epoch: tenant.epoch, seen: 1, by: 'psql' }
    takePartial(turn, board, { ...about, ...change }, { loading, unsent: () => [] })
    return { row: turn.record('cards', 'c1')?.row, entries: turn.entries }
  }

  it('SCH-2 does them again, whatever was read of them, and merges the rest', () => {
    const before: Row = { votes: 1, title: 'Tide' }
    const { row, entries } = take({ kind: 'update', before, after: { votes: 2, title: 'Theirs' } })
    expect(row).toMatchObject({ votes: 2, title: 'Theirs' })
    expect(entries).toMatchObject([{ changes: [{ after: { title: 'Theirs' } }] }])
  })

  it('SCH-2 of nothing else makes no entry of the log', () => {
    const { row, entries } = take({ kind: 'update', before: { note: null }, after: { note: 'new' } })
    expect(row).toMatchObject({ note: 'new', title: 'Mine' })
    expect(entries).toEqual([])
  })

  it('SCH-2 a proposal is taken in any case', () => {
    const tenant = new MemoryTenant(board)
    const turn = new Turn(tenant, 0)
    const sight = { epoch: tenant.epoch, seen: 0, by: 'mia' }
    const changed = { collection: 'cards', id: 'c1', before: { votes: 1 }, after: { votes: 2 } }
    const changes = [{ kind: 'update', ...changed }] as const
    const proposal = {
      kind: 'proposal',
      client: 'client-a1',
      n: 1,
      changes,
      conflicts: [],
      ...sight,
    } as const
    takePartial(turn, board, proposal, { loading, unsent: () => [] })
    expect(turn.entries).toMatchObject([{ actor: 'client-a1', n: 1, changes: [], external: [] }])
  })

  it('SCH-2 a delete is a delete', () => {
    const { entries } = take({ kind: 'delete', before: { id: 'c1', votes: 5 }, after: {} })
    expect(entries).toMatchObject([{ changes: [{ kind: 'delete' }] }])
  })
})
