import type { RecordChange } from '../../core/query/changes.ts'
import { concernedBy, type Moved, moved } from '../../core/query/delta.ts'
import { defineView, type Rights } from '../../core/query/view.ts'
import { WindowMembers } from '../../core/query/window-members.ts'
import type { Operand, Query } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { Ground, LiveView } from './live-view.ts'

/** Members of all windows that are kept: as many as some hundred full ones have. */
const KEPT_MEMBERS = 256 * 1024

/**
 * The members of windows that sessions follow, so that what moves in one costs as much as it moves. A window that is
 * not kept is read anew with the next change that concerns it.
 */
export class Windows {
  readonly #ground: Ground
  /** Those that moved last come last. */
  readonly #kept = new Map<LiveView, WindowMembers>()
  #members = 0

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Whether the members of a window are known. */
  has(view: LiveView): boolean {
    return this.#kept.has(view)
  }

  /**
   * A window was read at the head.
   *
   * @param rows in its order, at least what they are sorted by
   */
  begin(view: LiveView, limit: number, rows: readonly Row[], isAll: boolean): void {
    this.#keep(view, new WindowMembers(view, limit, rows, isAll))
  }

  drop(view: LiveView): void {
    this.#members -= this.#kept.get(view)?.size ?? 0
    this.#kept.delete(view)
  }

  /** Works out what changes up to the head came to in a window. */
  move(view: LiveView, limit: number, changes: ReadonlyMap<string, RecordChange>): Moved[] {
    const concerned = concernedBy(view, changes)
    if (concerned.length === 0) return []
    const members = this.#kept.get(view)
    if (!members) return this.#moveAnew(view, limit, changes)
    this.drop(view)
    const moves = members.move(concerned, {
      after: (place) => this.#after(view, place),
      row: (id) => this.#ground.store.living(view.collection.name, id),
    })
    this.#keep(view, members)
    return moves
  }

  #moveAnew(view: LiveView, limit: number, changes: ReadonlyMap<string, RecordChange>): Moved[] {
    const read: Row[] = []
    let isAll = false
    const scan = this.#ground.scan(view)
    function* noted(): Generator<Row> {
      for (const row of scan) {
        read.push(row)
        yield row
      }
      isAll = true
    }
    const moves = moved(view, changes, noted)
    this.begin(view, limit, read, isAll)
    return moves
  }

  /** A view's rows after a place in its order. */
  *#after(view: LiveView, place: Row | undefined): Iterable<Row> {
    if (!place) return yield* this.#ground.scan(view)
    const [query, rights]: [Query, Rights] = JSON.parse(view.definition)
    const after = [...view.orderBy.map(([name]) => operand(place[name])), operand(place['id'])]
    const rest = defineView(this.#ground.manifest, { ...query, after }, rights)
    if ('code' in rest) throw new Error(rest.message)
    yield* this.#ground.scan(rest)
  }

  #keep(view: LiveView, members: WindowMembers): void {
    this.drop(view)
    this.#kept.set(view, members)
    this.#members += members.size
    for (const oldest of this.#kept.keys()) {
      if (this.#members <= KEPT_MEMBERS) return
      this.drop(oldest)
    }
  }
}

/** What is sorted by is no list and no object. */
function operand(value: Value | undefined): Operand {
  return value === undefined || typeof value === 'object' ? null : value
}
