import type { Filter } from '../../protocol/query.ts'
import type { Row } from '../../protocol/value.ts'
import type { Application, Claims } from '../app/application.ts'
import { isBuiltIn } from '../app/built-in.ts'
import type { RecordChange } from '../query/changes.ts'
import { matches } from '../query/filter.ts'
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

/** The read rules that hold for somebody, by collection: who reads alike is told alike. */
export function readRules(app: Application, claims: Claims): ReadonlyMap<string, Filter> {
  const own = app.manifest.collections.filter(({ name }) => !isBuiltIn(name))
  return new Map(own.map(({ name }) => [name, rightsOf(app, claims, name).read]))
}

/**
 * The tags that changes touched, as somebody who may read by these rules may know: those of every state of
 * a record, before and after, that they may see.
 */
export function touchedTags(
  app: Application,
  changes: Iterable<RecordChange>,
  rules: ReadonlyMap<string, Filter>,
): Set<string> {
  const tags = new Set<string>()
  for (const { collection, before, after } of changes) {
    const rule = rules.get(collection)
    for (const row of [before, after]) {
      if (!row || !rule || !matches(rule, row)) continue
      for (const tag of tagsOf(app, collection, row)) tags.add(tag)
    }
  }
  return tags
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
