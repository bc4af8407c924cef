import type { CollectionConfig, LoadSubsetOptions } from '@tanstack/db'
import type { EditHandle } from './api/edit-handle.ts'
import type { Observable } from './api/observable.ts'
import type { QueryBuilder, QuerySnapshot } from './api/types.ts'
import { conditionsOf } from './tanstack-db/conditions.ts'
import { failure, holder } from './tanstack-db/subsets.ts'

/** A collection of a client, as far as it is used here. */
type Source<Row extends object, Insert extends object> = {
  all(): QueryBuilder<Row>
  insert(values: Insert): EditHandle
  update(id: string, change: (draft: object) => void): EditHandle
  delete(id: string): EditHandle
}

/** A query that is made more precise by what TanStack DB asks for, which fits the columns or is refused. */
type Asked<Row extends object> = Observable<QuerySnapshot<Row>> & { where(conditions: object): Asked<Row> }

export type TidemarkCollectionOptions = {
  /**
   * `on-demand`: what is loaded is what queries of TanStack DB ask for, by their conditions. `eager`: all of it, at
   * once. `on-demand` unless said otherwise.
   */
  readonly syncMode?: 'on-demand' | 'eager'
}

/** Takes what an insert takes for a row: the client fills in what is left out, and judges the rest. */
type Schema<Row, Insert> = {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'tidemark'
    readonly validate: (value: unknown) => { readonly value: Row }
    readonly types?: { readonly input: Insert & { readonly id: string }; readonly output: Row }
  }
}

/**
 * A collection as options for TanStack DB: its joins, live queries and optimistic changes, over rows that others
 * change, too. A change is an edit of this client: it is shown at once, is sent when there is a network, and is taken
 * back when it is refused.
 *
 * @example const cards = createCollection(tidemarkCollection(db.cards))
 */
export function tidemarkCollection<Row extends { readonly id: string }, Insert extends object>(
  collection: Source<Row, Insert>,
  { syncMode = 'on-demand' }: TidemarkCollectionOptions = {},
): CollectionConfig<Row, string, Schema<Row, Insert>> & { schema: Schema<Row, Insert> } {
  /** What TanStack DB hands over is a row by its type, and what an insert takes by its content. */
  const source: { insert(values: object): EditHandle } = collection

  /** It is shown at once, and before anything else is done; so nothing is waited for but a refusal that is known. */
  const made = async (edits: EditHandle[]): Promise<void> => {
    for (const { n, accepted } of edits) {
      const result = n === undefined && (await accepted)
      if (result && !result.ok) throw failure(result.error)
    }
  }

  return {
    getKey: ({ id }) => id,
    syncMode,
    // Sound: it types what is given, and the client judges each value against the application's manifest.
    schema: {
      '~standard': { version: 1, vendor: 'tidemark', validate: (value) => ({ value: value as Row }) },
    },
    sync: {
      rowUpdateMode: 'full',
      sync: (port) => {
        const hold = holder<Row>(port)
        if (syncMode === 'eager') {
          const { loaded, release } = hold(collection.all())
          loaded.then(port.markReady, port.markError)
          return release
        }
        port.markReady()
        /** By what was asked; the same may be asked for again before it is let go. */
        const held: [LoadSubsetOptions, () => void][] = []
        return {
          cleanup() {
            for (const [, release] of held) release()
          },
          loadSubset(options) {
            const query = conditionsOf(options.where).reduce(
              (query: Asked<Row>, conditions) => query.where(conditions),
              collection.all(),
            )
            const { loaded, release } = hold(query)
            held.push([options, release])
            return loaded
          },
          unloadSubset(options) {
            const place = held.findIndex(([asked]) => asked === options)
            if (place >= 0) held.splice(place, 1)[0]?.[1]()
          },
        }
      },
    },
    onInsert: ({ transaction }) => made(transaction.mutations.map(({ modified }) => source.insert(modified))),
    onUpdate: ({ transaction }) =>
      made(
        transaction.mutations.map(({ key, changes }) =>
          collection.update(key, (draft) => void Object.assign(draft, changes)),
        ),
      ),
    onDelete: ({ transaction }) => made(transaction.mutations.map(({ key }) => collection.delete(key))),
  }
}
