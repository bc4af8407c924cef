import * as v from 'valibot'
import { findCollection } from '../../../src/core/app/application.ts'
import { isBuiltIn } from '../../../src/core/app/built-in.ts'
import type { ExternalRowChange } from '../../../src/core/external/events.ts'
import { checkValue, completeRow } from '../../../src/core/records/validate.ts'
import { whyNoId } from '../../../src/protocol/ids.ts'
import type { Collection, Manifest } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { valueSchema } from '../../../src/protocol/value-schema.ts'
import type { MemoryTenant } from './memory-tenant.ts'

type Place = { readonly collection: string; readonly id: string }

/** A collection of the application. */
export function knownCollection(manifest: Manifest, name: string): Collection {
  const collection = findCollection(manifest, name)
  if (collection && !isBuiltIn(name)) return collection
  const own = manifest.collections.flatMap((one) => (isBuiltIn(one.name) ? [] : one.name))
  throw new TypeError(`There is no collection "${name}"; there are ${own.join(', ')}.`)
}

/** The change of a row that a program writes: an insert where there is none. */
export function externalWrite(
  manifest: Manifest,
  tenant: MemoryTenant,
  { collection: name, id, fields }: Place & { readonly fields: object },
): ExternalRowChange {
  const collection = knownCollection(manifest, name)
  const fault = whyNoId(id)
  if (fault !== undefined) throw new TypeError(`A row of "${name}": ${fault}`)
  const given = checkedFields(collection, fields)
  const living = tenant.row(name, id)
  if (!living)
    return { kind: 'insert', collection: name, id, before: {}, after: newRow(collection, id, given) }
  const before = Object.fromEntries(Object.keys(given).map((column) => [column, living[column] ?? null]))
  return { kind: 'update', collection: name, id, before, after: given }
}

/** The end of a row that a program deletes. */
export function externalDelete(
  manifest: Manifest,
  tenant: MemoryTenant,
  { collection, id }: Place,
): ExternalRowChange {
  const before = tenant.row(knownCollection(manifest, collection).name, id)
  if (!before) throw new TypeError(`There is no row "${id}" in "${collection}" to delete.`)
  return { kind: 'delete', collection, id, before, after: {} }
}

/** A whole row, with the defaults of the columns; a program may also write what only effects write otherwise. */
function newRow(collection: Collection, id: string, fields: Row): Row {
  const ofEffects = new Set(
    collection.columns.flatMap(({ name, policy }) => (policy.kind === 'effect' ? name : [])),
  )
  const given = Object.entries(fields)
  const made = completeRow(collection, id, Object.fromEntries(given.filter(([name]) => !ofEffects.has(name))))
  if ('invalid' in made)
    throw new TypeError(`The row "${id}" of "${collection.name}": ${made.invalid.message}`)
  return { ...made.row, ...Object.fromEntries(given.filter(([name]) => ofEffects.has(name))) }
}

function checkedFields({ name, columns }: Collection, fields: object): Row {
  const entries = Object.entries(fields).map(([field, value]: [string, unknown]) => {
    const column = columns.find((one) => one.name === field)
    if (!column || field === 'id')
      throw new TypeError(`"${field}" is no column of "${name}" that can be written.`)
    const read = v.safeParse(valueSchema, value)
    if (!read.success)
      throw new TypeError(
        `A row of "${name}" has a value for each column that it names, and "${field}" has none.`,
      )
    const invalid = checkValue(column, read.output)
    if (invalid) throw new TypeError(`A row of "${name}": ${invalid.message}`)
    return [field, read.output] as const
  })
  return Object.fromEntries(entries)
}
