import { intervalChanges } from '../../../src/core/query/changes.ts'
import { compareRows } from '../../../src/core/query/compare-rows.ts'
import { viewDelta } from '../../../src/core/query/delta.ts'
import { matches } from '../../../src/core/query/filter.ts'
import { defineView, type Rights, type View, valuesOf } from '../../../src/core/query/view.ts'
import { ViewIndex } from '../../../src/core/query/view-index.ts'
import type { Part } from '../../../src/protocol/down/rows.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { board } from '../../fixtures/board.ts'
import { Author, addTo, insert, MemoryTenant, remove, set } from '../memory-tenant.ts'
import { type Action, type History, RIGHTS } from './history.ts'
import { naiveResult } from './naive.ts'

type Reader = {
  readonly query: Query
  rights: Rights
  view: View | undefined
  rows: Map<string, Value[]>
  cursor: number
  away: boolean
}

/** What a played history came to: its edits, and what was wrong. */
export type Played = { readonly edits: number; readonly faults: readonly string[] }

/** Plays a history, and holds what each reader was told against the naive result after every step. */
export function play(history: History): Played {
  const tenant = new MemoryTenant(board)
  const author = new Author(tenant, 'client-a1')
  const faults: string[] = []
  for (const [i, id] of ['c1', 'c2', 'c3'].entries()) {
    author.send(insert('cards', id, { title: 'a', owner: i === 1 ? 'tom' : 'mia', votes: i }))
  }
  const readers = history.readers.map(({ query, rights }) =>
    begin(tenant, query, RIGHTS[rights] ?? RIGHTS[0]),
  )
  for (const step of history.steps) {
    if (step.is === 'edit') {
      author.look()
      for (const action of step.actions) author.send(opOf(action))
    } else {
      const reader = readers[step.reader]
      if (!reader) continue
      if (step.is === 'absence') reader.away = !reader.away
      else readers[step.reader] = begin(tenant, reader.query, RIGHTS[step.rights])
    }
    for (const reader of readers) {
      if (reader.away || !reader.view) continue
      bringUp(tenant, reader, reader.view, faults)
      compare(tenant, reader, reader.view, faults)
    }
  }
  return { edits: tenant.head, faults }
}

function begin(
  tenant: MemoryTenant,
  query: Query,
  rights: Rights = { read: ['or', []], hidden: [] },
): Reader {
  const view = defineView(board.manifest, query, rights)
  const found = 'columns' in view ? view : undefined
  const shown = found ? scan(tenant, found).slice(0, found.limit) : []
  const rows = new Map(shown.map((row) => [String(row['id']), found ? valuesOf(found, row) : []]))
  return { query, rights, view: found, rows, cursor: tenant.head, away: false }
}

/** All living cards. */
function living(tenant: MemoryTenant): Row[] {
  const ids = new Set(tenant.log.flatMap(({ changes }) => changes.map(({ id }) => id)))
  return [...ids].flatMap((id) => {
    const row = tenant.row('cards', id)
    return row ? [row] : []
  })
}

function scan(tenant: MemoryTenant, view: View): Row[] {
  return living(tenant)
    .filter((row) => matches(view.filter, row))
    .sort(compareRows(view.orderBy))
}

/** Tells a reader what it has missed, if the index finds that it is concerned. */
function bringUp(tenant: MemoryTenant, reader: Reader, view: View, faults: string[]): void {
  const nets = intervalChanges(tenant.log.slice(reader.cursor).toReversed(), (collection, id) =>
    tenant.row(collection, id),
  )
  reader.cursor = tenant.head
  const changes = nets.get('cards')
  const index = new ViewIndex<View>()
  index.add(view)
  const concerned = new Set<View>()
  for (const { before, after } of changes?.values() ?? []) {
    if (before) index.collect(before, concerned)
    if (after) index.collect(after, concerned)
  }
  if (!concerned.has(view)) return
  const part = viewDelta(view, 0, changes, () => scan(tenant, view))
  if (part) apply(reader, part, faults)
}

function apply({ rows }: Reader, [, puts, patches, leaves]: Part, faults: string[]): void {
  for (const id of leaves) if (!rows.delete(id)) faults.push(`${id} left, which was not there`)
  for (const [id, ...pairs] of patches) {
    const row = rows.get(id)
    if (!row) faults.push(`a patch of ${id}, which is not there`)
    else for (let i = 0; i < pairs.length; i += 2) row[Number(pairs[i])] = pairs[i + 1] ?? null
  }
  for (const values of puts) {
    const id = String(values[0])
    if (rows.has(id)) faults.push(`${id} came, which was there`)
    rows.set(id, [...values])
  }
}

function compare(tenant: MemoryTenant, { query, rights, rows }: Reader, view: View, faults: string[]): void {
  const wanted = naiveResult(living(tenant), query, rights)
  const naive = new Map(
    wanted.map((row) => [String(row['id']), view.columns.map((name) => row[name] ?? null)]),
  )
  const same =
    naive.size === rows.size && [...naive].every(([id, values]) => sameValues(rows.get(id), values))
  if (!same) {
    faults.push(
      `shown ${JSON.stringify([...rows.values()])}, naive ${JSON.stringify([...naive.values()])} of ${JSON.stringify(query)}`,
    )
  }
}

function sameValues(a: readonly Value[] | undefined, b: readonly Value[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function opOf(action: Action): Op {
  const [kind, id, what] = action
  switch (kind) {
    case 'insert':
      return insert('cards', id, { ...action[2] })
    case 'vote':
      return addTo('cards', id, 'votes', Number(what))
    case 'remove':
      return remove('cards', id)
    default:
      return set('cards', id, { [kind]: action[2] })
  }
}
