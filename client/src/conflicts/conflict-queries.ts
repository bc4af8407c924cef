import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { allOf, isEverything } from '../../../src/protocol/normal-filter.ts'
import type { Filter, Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Conflicts, ConflictsAbout, ConflictsSnapshot, LiveConflicts as Live } from '../api/conflicts.ts'
import { latest } from '../queries/latest.ts'
import { type ConflictsPort, LiveConflicts, UNHEARD } from './live-conflicts.ts'

/** The conflicts of whoever is signed in. All who ask the same share what is live. */
export class ConflictQueries implements Conflicts {
  readonly #port: ConflictsPort
  readonly #live = new Map<string, LiveConflicts>()
  /** What was asked, which stays one object while somebody listens, or is about to. */
  readonly #asked = new Map<string, Live>()

  constructor(port: ConflictsPort) {
    this.#port = port
  }

  open(about?: ConflictsAbout): Live {
    return this.#of(['=', 'state', 'open'], about)
  }

  all(about?: ConflictsAbout): Live {
    return this.#of(undefined, about)
  }

  #of(state: Filter | undefined, about: ConflictsAbout | undefined): Live {
    const query = toQuery(state, about)
    const key = JSON.stringify(query)
    const known = this.#asked.get(key)
    if (known) return known
    const live = () => this.#live.get(key)
    const observable = {
      subscribe: (listener: (snapshot: ConflictsSnapshot) => void) => {
        // Whoever asks while somebody listens is given what they listen to.
        if (!live()) this.#asked.set(key, asked)
        return (live() ?? this.#begin(key, query)).subscribe(listener)
      },
      getSnapshot: () => live()?.snapshot ?? UNHEARD,
    }
    const asked: Live = { ...observable, [Symbol.asyncIterator]: () => latest(observable) }
    this.#asked.set(key, asked)
    this.#port.soon(() => this.#forget(key))
    return asked
  }

  #begin(key: string, query: WireQuery): LiveConflicts {
    const begun = new LiveConflicts(this.#port, query, () => {
      this.#live.delete(key)
      this.#forget(key)
    })
    this.#live.set(key, begun)
    return begun
  }

  #forget(key: string): void {
    if (!this.#live.has(key)) this.#asked.delete(key)
  }
}

function toQuery(state: Filter | undefined, about: ConflictsAbout | undefined): WireQuery {
  const { collection, record, field } = about ?? {}
  const conditions = Object.entries({ collection, record, field })
  const where = allOf([
    ...(state ? [state] : []),
    ...conditions.flatMap(([name, value]): Filter[] => (value === undefined ? [] : [['=', name, value]])),
  ])
  return { collection: CONFLICTS, ...(!isEverything(where) && { where }) }
}
