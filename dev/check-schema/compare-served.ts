import { fitsColumn } from '../../src/core/records/schema-change.ts'
import type { Collection, Column, Manifest } from '../../src/protocol/manifest.ts'
import { type Finding, fine, stop } from './finding.ts'

const ROWS = 'the rows of clients lose it at their next connection, and edits that name it are refused'
const WAITING = 'what still waits for Postgres in it goes to the conflict records; Postgres keeps its data'
const NEW_COLUMN = 'Rather add a column, fill it, let pages use it, and remove the old one later'

/**
 * What a deploy means for the objects that are running and for the clients of today, whose pages were
 * built before it.
 *
 * @param served the manifest that objects serve now
 * @param allowed collections and columns of which a removal or narrowing is meant
 */
export function compareServed(
  served: Manifest,
  declared: Manifest,
  allowed: readonly string[] = [],
): Finding[] {
  const gone = served.collections
    .filter((collection) => !find(declared.collections, collection.name))
    .map(({ name }) =>
      stop(
        name,
        `is served now, and not declared any more: ${ROWS} as unknown-collection; ${WAITING}. ${meant(name)}`,
      ),
    )
  const others = declared.collections.flatMap((collection) => {
    const before = find(served.collections, collection.name)
    if (!before) return [fine(collection.name, 'is new: each object loads it when it wakes.')]
    return compareCollections(before, collection)
  })
  return [...gone, ...others].map((finding) =>
    finding.level === 'stop' && allowed.includes(finding.place)
      ? fine(finding.place, `allowed by SCHEMA_ALLOW: ${finding.message}`)
      : finding,
  )
}

function compareCollections(before: Collection, after: Collection): Finding[] {
  const place = (column: Column) => `${after.name}.${column.name}`
  const gone = before.columns
    .filter(({ name }) => !find(after.columns, name))
    .map((column) =>
      stop(
        place(column),
        `is served now, and not declared any more: ${ROWS} as unknown-column; ${WAITING}. ${meant(place(column))}`,
      ),
    )
  const others = after.columns.flatMap((column) => {
    const earlier = find(before.columns, column.name)
    return earlier ? compareColumns(place(column), earlier, column) : [added(place(column), column)]
  })
  const narrowed =
    after.insertOnly && !before.insertOnly
      ? [
          stop(
            after.name,
            `takes inserts only from now on: changes and deletes are refused. ${meant(after.name)}`,
          ),
        ]
      : []
  return [...narrowed, ...gone, ...others]
}

function added(place: string, column: Column): Finding {
  if (column.nullable || column.default !== undefined)
    return fine(
      place,
      'is new: each object reads its values when it wakes, and clients get it with their next connection.',
    )
  const effect = 'inserts by pages of today are refused as missing-value, and those on their way by Postgres'
  return stop(
    place,
    `is new, must not be empty and has no default: ${effect}. Give it a default, or let it be empty.`,
  )
}

function compareColumns(place: string, before: Column, after: Column): Finding[] {
  const findings: Finding[] = []
  if (!fitsColumn(before, after)) {
    const effect = `is ${wordsOf(before)} now and would be ${wordsOf(after)}: edits by pages of today are refused; ${WAITING}`
    findings.push(stop(place, `${effect}. ${NEW_COLUMN}. ${meant(place)}`))
  } else if (before.type !== after.type) {
    findings.push(fine(place, `holds ${after.type} instead of ${before.type}; every value fits.`))
  }
  if (before.nullable && !after.nullable) {
    findings.push(stop(place, `must not be empty any more: edits that empty it are refused. ${meant(place)}`))
  }
  const lost = (before.values ?? []).filter((value) => after.values && !after.values.includes(value))
  if (lost.length > 0 || (after.values && !before.values)) {
    const what = before.values ? `takes ${lost.join(', ')} no more` : `takes only ${after.values?.join(', ')}`
    findings.push(stop(place, `${what}: edits with other values are refused. ${meant(place)}`))
  }
  return findings
}

const wordsOf = ({ type, form }: Column) => form?.says ?? type

function meant(place: string): string {
  return `If that is meant, and no page in use needs it, deploy with SCHEMA_ALLOW=${place}.`
}

function find<Item extends { readonly name: string }>(
  items: readonly Item[],
  name: string,
): Item | undefined {
  return items.find((item) => item.name === name)
}
