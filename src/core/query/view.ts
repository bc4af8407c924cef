import type { WireError } from '../../protocol/errors.ts'
import { whyTooLarge } from '../../protocol/filter-size.ts'
import { inspect } from '../../protocol/guard.ts'
import { MAX_QUERY_DEPTH } from '../../protocol/limits.ts'
import type { Collection, Manifest } from '../../protocol/manifest.ts'
import { allOf, anyOf, EVERYTHING, NOTHING, normalFilter } from '../../protocol/normal-filter.ts'
import type { Filter, Operand, Order, Query } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { type Application, type Claims, findCollection } from '../app/application.ts'
import { checkQuery, unknownCollection } from './check.ts'
import { conditionsOf } from './filter.ts'

/** What a person may see of a collection: records by a filter, and all columns but some. */
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

/**
 * What a person's claims let them see of a collection. Throws what the application's rule throws, and where the
 * rule is too large to be asked beside a query: that is the application's fault and not its user's.
 */
export function rightsOf({ rules }: Pick<Application, 'rules'>, claims: Claims, collection: string): Rights {
  const { read: rule, hidden } = rules.get(collection) ?? {}
  return { read: rule ? checkedRule(collection, rule(claims)) : EVERYTHING, hidden: hidden?.(claims) ?? [] }
}

function checkedRule(collection: string, rule: Filter): Filter {
  const finding = inspect(rule, { maxDepth: MAX_QUERY_DEPTH })
  if (finding) throw new Error(`the read rule of "${collection}" is no filter: ${finding.message}`)
  const read = normalFilter(rule)
  const fault = whyTooLarge(read)
  if (fault !== undefined) throw new Error(`the read rule of "${collection}" is too large: ${fault}`)
  return read
}

/** A query as somebody with these rights sees it, or why it cannot be answered. */
export function defineView(manifest: Manifest, query: Query, { read, hidden }: Rights): View | WireError {
  const collection = findCollection(manifest, query.collection)
  if (!collection) {
    return unknownCollection(query.collection)
  }
  const readable = collection.columns.filter(({ name }) => !hidden.includes(name))
  const fault = checkQuery(readable, query)
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

/** What a query itself asks of a record: its conditions, and to come after its place. */
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
