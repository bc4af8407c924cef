import type { Change } from '../../core/log/log.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { MaskedChange } from '../../protocol/internal/activity.ts'
import type { Value } from '../../protocol/value.ts'

/**
 * Masks a change for an operator: ids and names of fields are told, and of a value its kind and size. A value is told
 * where its column lists all that it may be, a state for one: it says nothing that a person wrote.
 */
export function maskChange(app: TidemarkApp, change: Change): MaskedChange {
  const { kind, collection, id } = change
  if (change.kind === 'delete') return { kind, collection, id, fields: {} }
  const columns = app.manifest.collections.find(({ name }) => name === collection)?.columns ?? []
  const isListed = (field: string) =>
    columns.some(({ name, values }) => name === field && values !== undefined)
  const fields = Object.entries(change.after).map(([field, value]) => [
    field,
    isListed(field) && typeof value === 'string' ? value : kindOf(value),
  ])
  return { kind, collection, id, fields: Object.fromEntries(fields) }
}

function kindOf(value: Value): string {
  if (value === null) return 'empty'
  if (typeof value === 'string') return `text of ${value.length}`
  if (Array.isArray(value)) return `list of ${value.length}`
  return typeof value
}
