import type { Column } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { type Application, type Claims, findCollection } from '../app/application.ts'
import { isBuiltIn } from '../app/built-in.ts'
import type { RecordChange } from '../query/changes.ts'
import { matches } from '../query/filter.ts'
import type { Rights } from '../query/view.ts'
import { sameValue } from '../records/value.ts'
import { rightsOf } from './rights.ts'

/** Stands for all tags there are. */
export const ALL_TAGS = '*'

/** The cache tags of a record. */
export function tagsOf(
  { rules }: Pick<Application, 'rules'>,
  collection: string,
  row: Row,
): readonly string[] {
  return rules.get(collection)?.tags?.(row) ?? [`${collection}_list`, `${collection}_${String(row['id'])}`]
}

/** The rights that hold for somebody, by collection: who reads alike is told alike. */
export function readRules(app: Application, claims: Claims): ReadonlyMap<string, Rights> {
  const own = app.manifest.collections.filter(({ name }) => !isBuiltIn(name))
  return new Map(own.map(({ name }) => [name, rightsOf(app, claims, name)]))
}

/** The cache tags of a record as somebody may know them who does not get to see some columns: those are blank. */
export function knownTagsOf(
  app: Application,
  collection: string,
  row: Row,
  hidden: readonly string[],
): readonly string[] {
  if (hidden.length === 0) return tagsOf(app, collection, row)
  const columns = findCollection(app.manifest, collection)?.columns ?? []
  const blanks = columns
    .filter(({ name }) => hidden.includes(name))
    .map((column) => [column.name, blank(column)])
  return tagsOf(app, collection, { ...row, ...Object.fromEntries(blanks) })
}

/** A value that says nothing, and that a function of the application can read as one of its column. */
function blank({ type, nullable, values }: Column): Value {
  if (nullable) return null
  switch (type) {
    case 'text':
      return values?.[0] ?? ''
    case 'integer':
    case 'bigint':
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'date':
      return '1970-01-01'
    case 'timestamp':
      return '1970-01-01T00:00:00.000Z'
    case 'text[]':
      return []
    case 'json':
      return null
  }
}

/**
 * The tags that changes touched, as somebody who may read by these rules may know: those of every state of
 * a record, before and after, that they may see. A change of what is hidden from them is none.
 */
export function touchedTags(
  app: Application,
  changes: Iterable<RecordChange>,
  rules: ReadonlyMap<string, Rights>,
): Set<string> {
  const tags = new Set<string>()
  for (const { collection, before, after } of changes) {
    const rights = rules.get(collection)
    if (!rights) continue
    const { read, hidden } = rights
    const seen = [before, after].filter((row) => row !== undefined && matches(read, row))
    const [was, is] = seen
    if (hidden.length > 0 && was && is && isUnmoved(was, is, hidden)) continue
    for (const row of seen) {
      if (row) for (const tag of knownTagsOf(app, collection, row, hidden)) tags.add(tag)
    }
  }
  return tags
}

/** Is all the same but what is hidden? */
function isUnmoved(before: Row, after: Row, hidden: readonly string[]): boolean {
  return Object.entries(after).every(
    ([name, value]) => hidden.includes(name) || sameValue(before[name] ?? null, value),
  )
}

/** Tags and patterns somebody watches; a pattern is the beginning of tags, and a star. */
export class Patterns {
  readonly #exact = new Set<string>()
  /** By their lengths: a tag is looked up once for each, however many there are. */
  readonly #prefixes = new Map<number, Set<string>>()

  constructor(patterns: Iterable<string>) {
    for (const pattern of patterns) {
      if (pattern.endsWith('*')) this.#addPrefix(pattern.slice(0, -1))
      else this.#exact.add(pattern)
    }
  }

  #addPrefix(prefix: string): void {
    const { length } = prefix
    this.#prefixes.set(length, (this.#prefixes.get(length) ?? new Set()).add(prefix))
  }

  #isWatched(tag: string): boolean {
    if (tag === ALL_TAGS || this.#exact.has(tag)) return true
    for (const [length, prefixes] of this.#prefixes) if (prefixes.has(tag.slice(0, length))) return true
    return false
  }

  /** Those of the tags that are watched, sorted. */
  matching(tags: Iterable<string>): string[] {
    return [...tags].filter((tag) => this.#isWatched(tag)).sort()
  }
}
