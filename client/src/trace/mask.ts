import { isBuiltIn } from '../../../src/core/app/built-in.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { Edit, FieldOp, Op } from '../../../src/protocol/edit.ts'
import type { Filter, Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'

/** The place of a value. */
export type MaskedPlace = { readonly collection: string; readonly column: string }

/**
 * The value to write down in place of one: another of the column's type. It is given every value but ids, and the same
 * value has to become the same.
 *
 * @example (value, { column }) => (column === 'name' && typeof value === 'string' ? 'x'.repeat(value.length) : value)
 */
export type Mask = (value: Value, place: MaskedPlace) => Value

/** Writes values down as an application's mask has them. */
export class Masked {
  readonly #mask: Mask

  constructor(mask: Mask) {
    this.#mask = mask
  }

  /** A value. Of the engine's own collections, which hold values of all others, there is nothing. */
  value(value: Value, collection: string, column: string): Value {
    if (column === 'id') return value
    if (isBuiltIn(collection)) return column === 'collection' || column === 'record' ? value : null
    return this.#mask(value, { collection, column })
  }

  row(collection: string, columns: readonly string[], values: readonly Value[]): Value[] {
    return values.map((value, i) => this.value(value, collection, columns[i] ?? ''))
  }

  fields(collection: string, row: Readonly<Record<string, Value>>): Record<string, Value> {
    return Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, this.value(value, collection, column)]),
    )
  }

  /** A row without the values that the mask is for. */
  unmasked(collection: string, row: Row): Row {
    return Object.fromEntries(
      Object.entries(row).filter(([column, value]) =>
        sameValue(this.value(value, collection, column), value),
      ),
    )
  }

  edit(edit: Edit): Edit {
    return { ...edit, ops: edit.ops.map((op) => this.#op(op)) }
  }

  query(query: WireQuery): WireQuery {
    const { collection, where, after, orderBy = [] } = query
    const columns = [...orderBy.map(([column]) => column), 'id']
    return {
      ...query,
      ...(where && { where: this.#filter(collection, where) }),
      ...(after && { after: after.map((value, i) => this.#operand(value, collection, columns[i] ?? '')) }),
    }
  }

  #op(op: Op): Op {
    switch (op.op) {
      case 'insert':
        return { ...op, values: this.fields(op.collection, op.values) }
      case 'update': {
        const fields = Object.entries(op.fields).map(([column, field]) => [
          column,
          this.#field(field, op.collection, column),
        ])
        return { ...op, fields: Object.fromEntries(fields) }
      }
      case 'delete':
      case 'restore':
        return op
    }
  }

  #field(field: FieldOp, collection: string, column: string): FieldOp {
    if ('set' in field) return { set: this.value(field.set, collection, column) }
    if ('add' in field) return field
    const texts = (items: readonly string[]) =>
      items.map((item) => String(this.value(item, collection, column)))
    if ('items' in field) {
      const { add, remove } = field.items
      return { items: { ...(add && { add: texts(add) }), ...(remove && { remove: texts(remove) }) } }
    }
    // A change of a text says parts of it, which no mask of the whole is about.
    return { set: this.value('', collection, column) }
  }

  #filter(collection: string, filter: Filter): Filter {
    switch (filter[0]) {
      case 'and':
      case 'or':
        return [filter[0], filter[1].map((one) => this.#filter(collection, one))]
      case 'not':
        return ['not', this.#filter(collection, filter[1])]
      case 'in':
        return ['in', filter[1], filter[2].map((value) => this.#operand(value, collection, filter[1]))]
      case 'prefix':
        return ['prefix', filter[1], String(this.#operand(filter[2], collection, filter[1]))]
      default:
        return [filter[0], filter[1], this.#operand(filter[2], collection, filter[1])]
    }
  }

  /** A condition compares with simple values only. */
  #operand(value: string | number | boolean | null, collection: string, column: string) {
    const masked = this.value(value, collection, column)
    return typeof masked === 'object' ? null : masked
  }
}
