import type { WireError } from '../../protocol/errors.ts'
import type { Collection, Manifest } from '../../protocol/manifest.ts'
import { allOf, anyOf, EVERYTHING, NOTHING } from '../../protocol/normal-filter.ts'
import type { Filter, Operand, Order, Query } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { findCollection } from '../app/application.ts'
import { checkQuery, unknownCollection } from './check-query.ts'
import { conditionsOf } from './filter.ts'
import { unorderedFault } from './unordered.ts'

/** The part of a collection that a person may see: records by a filter, and all columns but some. */
export type Rights = { readonly read: Filter; readonly hidden: readonly string[] }

/** A query under given rights. Whoever has both alike sees the same, and shares the work. */
export type View = {
  readonly collection: Collection
  /** The rights, the query's conditions, and the place it begins after. */
  readonly filter: Filter
  readonly orderBy: Order
  readonly limit: number | undefined
  /** What its rows are written in; the first is the id. */
  readonly columns: readonly string[]
}

/** A query as somebody with these rights sees it, or why it cannot be answered. */
export function defineView(manifest: Manifest, query: Query, { read, hidden }: Rights): View | WireError {
  const collection = findCollection(manifest, query.collection)
  if (!collection) {
    return unknownCollection(query.collection)
  }
  const readable = collection.columns.filter(({ name }) => !hidden.includes(name))
  const fault = checkQuery(readable, query) ?? unorderedFault(readable, query)
  if (fault) return fault
  const { where = EVERYTHING, orderBy = [], limit, select } = query
  // The columns of the query itself come along, so that a client can sort, and judge its own edits.
  const wanted =
    select &&
    new Set([
      'id',
      ...select,
      ...orderBy.map(([name]) => name),
      ...conditionsOf(where).map(([, name]) => name),
    ])
  const names = readable.map(({ name }) => name)
  return {
    collection,
    filter: allOf([read, ownFilter(query)]),
    orderBy,
    limit,
    columns: wanted ? names.filter((name) => wanted.has(name)) : names,
  }
}

/** The filter of a query by itself: its conditions, and to come after its place. */
export function ownFilter({ where = EVERYTHING, orderBy = [], after }: Query): Filter {
  return after ? allOf([where, beyond(orderBy, after)]) : where
}

/** A row as it travels in a view. */
export function valuesOf({ columns }: Pick<View, 'columns'>, row: Row): Value[] {
  return columns.map((name) => row[name] ?? null)
}

/** What comes after a place in an order. */
function beyond(orderBy: Order, place: readonly Operand[]): Filter {
  const columns: Order = [...orderBy, ['id', 'asc']]
  const steps = columns.map(([name, direction], i): Filter => {
    const same = columns.slice(0, i).map(([earlier], j): Filter => ['=', earlier, place[j] ?? null])
    return allOf([...same, further(name, direction, place[i] ?? null)])
  })
  return anyOf(steps)
}

/** Null comes first, so going down it is the last. */
function further(name: string, direction: 'asc' | 'desc', value: Operand): Filter {
  const isNull: Filter = ['=', name, null]
  if (direction === 'asc') return value === null ? ['not', isNull] : ['>', name, value]
  return value === null ? NOTHING : ['or', [['<', name, value], isNull]]
}
