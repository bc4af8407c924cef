import { findCollection } from '../../../src/core/app/application.ts'
import { matches } from '../../../src/core/query/filter.ts'
import { ownFilter } from '../../../src/core/query/view.ts'
import type { Collection, Manifest } from '../../../src/protocol/manifest.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import type { TextRules } from '../api/text-rules.ts'
import type { LogPosition } from '../queue/pending-edit.ts'
import type { Overlay, RecordRef } from './overlay.ts'
import { replay } from './replay-op.ts'
import { SETTLED, type ShownRow, shownRow } from './shown-row.ts'
import { type UnseenWrites, unseenWrites } from './unseen-writes.ts'
import { isWhole, type View } from './view.ts'

/** A record as views of one place hold it together: the columns that one of them has. */
export type Known = { readonly row: Row; readonly base: LogPosition }

/**
 * The tenant as the author of an edit sees it: what views at the cursor hold, and the own edits over it. A view that is
 * still on its way to the cursor goes on showing what it held, so its author sees that as well.
 */
export class AuthorView {
  readonly manifest: Manifest | undefined
  readonly #overlay: Overlay
  readonly #views: readonly View[]
  readonly #late: readonly View[]

  /**
   * @param views those whose rows are of the cursor
   * @param late those whose rows are of an earlier place, or of another log
   */
  constructor(
    overlay: Overlay,
    manifest: Manifest | undefined,
    views: readonly View[],
    late: readonly View[],
  ) {
    this.#overlay = overlay
    this.manifest = manifest
    this.#views = views
    this.#late = late
  }

  /** The means to change texts, if the page has them. */
  get texts(): TextRules | undefined {
    return this.#overlay.texts
  }

  /** Is everything held that its author may see of the collection? */
  holdsAll(collection: string): boolean {
    return this.#views.some((view) => view.collection === collection && isWhole(view.query))
  }

  /** Why a record that exists cannot be seen; undefined for any other. */
  whyAside({ collection, id }: RecordRef): string | undefined {
    return this.#overlay.asides.reasonOf(collection, id)
  }

  /** The record as its author sees it. */
  get(record: RecordRef): Row | undefined {
    const description = this.manifest && findCollection(this.manifest, record.collection)
    const known = this.known(record)
    const base = known?.base ?? this.#baseOf(record.collection)
    if (!base || !description) return known?.row
    return replayed(this.#overlay, description, record, known?.row, base)
  }

  known(record: RecordRef): Known | undefined {
    const parts = partsOf(this.#views, record)
    const [first] = parts
    if (first) return { row: Object.assign({}, ...parts.map(({ row }) => row)), base: first.base }
    // What the cursor has no more is gone, whatever is still shown of it.
    return this.holdsAll(record.collection) ? undefined : partsOf(this.#late, record)[0]
  }

  /**
   * Up to where the author had seen fields of a record that is held: those that own edits hide, and, of
   * those that an operation names, those that no view has, of which nothing was seen.
   *
   * @param fields absent when the operation is about the whole record
   */
  unseenWrites(record: RecordRef, fields?: readonly string[]): UnseenWrites {
    const known = this.known(record)
    const description = this.manifest && findCollection(this.manifest, record.collection)
    const base = known?.base ?? this.#baseOf(record.collection)
    if (!description || !base) return {}
    const own = this.#overlay.lacking(record, base)
    const unseen = Object.entries(unseenWrites(own, description, known?.row, base, this.texts)).filter(
      ([name]) => !fields || name === 'id' || fields.includes(name),
    )
    const unknown = known ? (fields ?? []).filter((name) => !Object.hasOwn(known.row, name)) : []
    return Object.fromEntries([...unknown.map((name) => [name, 0] as const), ...unseen])
  }

  #baseOf(name: string): LogPosition | undefined {
    return [...this.#views, ...this.#late].find(({ collection, held }) => collection === name && held)?.held
      ?.base
  }
}

/** What each of the views has of a record. */
function partsOf(views: readonly View[], { collection, id }: RecordRef): Known[] {
  return views.flatMap((view) => {
    const row = view.collection === collection ? view.held?.rows.get(id) : undefined
    return view.held && row ? [{ row, base: view.held.base }] : []
  })
}

/**
 * A record as a view shows it. Own edits that its rows lack are done over the row, and then the query's own
 * conditions decide; a record that only another view holds may come in that way.
 */
export function rowInView(
  view: View,
  record: RecordRef,
  given: {
    readonly overlay: Overlay
    readonly manifest: Manifest | undefined
    readonly known: Known | undefined
  },
): ShownRow | undefined {
  const { held } = view
  if (!held) return undefined
  const { overlay, manifest, known } = given
  const row = held.rows.get(record.id)
  const sync = overlay.syncOf(record)
  const description = manifest && findCollection(manifest, record.collection)
  if (!description || overlay.lacking(record, held.base).length === 0) {
    return row && (sync === SETTLED ? row : shownRow(row, sync))
  }
  const isCurrent = known?.base.epoch === held.base.epoch && known.base.seq === held.base.seq
  const values = replayed(
    overlay,
    description,
    record,
    row ?? (isCurrent ? known?.row : undefined),
    held.base,
  )
  view.filter ??= ownFilter(view.query)
  if (
    !values ||
    !matches(view.filter, values) ||
    !held.columns.every((name) => Object.hasOwn(values, name))
  ) {
    return undefined
  }
  return shownRow(pick(values, held.columns), sync)
}

function replayed(
  overlay: Overlay,
  description: Collection,
  record: RecordRef,
  row: Row | undefined,
  base: LogPosition,
): Row | undefined {
  return overlay
    .lacking(record, base)
    .reduce<Row | undefined>((values, { op }) => replay(description, values, op, overlay.texts), row)
}

function pick(row: Row, columns: readonly string[]): Record<string, Value> {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
}
