import type { WireError } from '../../src/protocol/errors.ts'
import type { Invalidation, InvalidationOptions } from './api/invalidation.ts'
import type { Observable } from './api/observable.ts'

// What is used of TanStack Query 5, by structure: so it serves React, Vue, Solid, Svelte and Angular alike.

type CachedQuery = {
  readonly queryKey: readonly unknown[]
  readonly state: { readonly fetchStatus: string; readonly data: unknown }
  isActive(): boolean
}

type Filters = {
  queryKey?: readonly unknown[]
  exact?: boolean
  refetchType?: 'none'
  predicate?: (query: CachedQuery) => boolean
}

type Cache = {
  find(filters: { queryKey: readonly unknown[] }): CachedQuery | undefined
  findAll(filters: { queryKey?: readonly unknown[] }): CachedQuery[]
  subscribe(listener: (event: { type: string; query: CachedQuery }) => void): () => void
}

type QueryClient = {
  getQueryCache(): Cache
  setQueryData(queryKey: readonly unknown[], data: unknown): unknown
  invalidateQueries(filters: Filters): Promise<unknown>
  refetchQueries(filters: Filters): Promise<unknown>
}

type Invalidating = {
  onInvalidate(
    pattern: string,
    listener: (invalidation: Invalidation) => void,
    options: InvalidationOptions,
  ): () => void
}

type Live<Row> = Observable<{
  readonly rows: readonly Row[]
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: WireError
}> & { readonly key: string }

type Asked = {
  readonly client: QueryClient
  readonly queryKey: readonly unknown[]
  readonly signal: AbortSignal
}

/** The first part of the keys of live queries. */
const LIVE = 'tidemark'

/** Stands for all tags there are. */
const ALL = '*'

/**
 * Lets the queries of an application that knows nothing of Tidemark be fetched anew when what they show has changed:
 * once Postgres has it, because that is where most are read from. What was fetched before the first connection is
 * fetched again. Returns how to stop.
 *
 * @param toKey the key, or the beginning of keys, that a tag stands for; undefined for none
 * @example bindInvalidation(queryClient, db, (tag) => [tag])
 */
export function bindInvalidation(
  queryClient: QueryClient,
  db: Invalidating,
  toKey: (tag: string) => readonly unknown[] | undefined,
  { at = 'committed' }: Pick<InvalidationOptions, 'at'> = {},
): () => void {
  const cache = queryClient.getQueryCache()
  /** Once each, however many tags lead to it. */
  const refetch = (queries: Iterable<CachedQuery>) => {
    const stale = new Set(queries)
    // One that is fetched for the first time is not begun anew by this.
    for (const query of stale) if (isFirst(query)) whenFetched(cache, query, () => refetch([query]))
    if (stale.size > 0) void queryClient.invalidateQueries({ predicate: (query) => stale.has(query) })
  }
  const refetchAll = () => refetch(cache.findAll({}).filter(({ queryKey }) => queryKey[0] !== LIVE))
  const matching = (tag: string) => {
    const queryKey = toKey(tag)
    return queryKey ? cache.findAll({ queryKey }) : []
  }
  const told = ({ tags }: Invalidation) => {
    if (tags.includes(ALL)) return refetchAll()
    try {
      refetch(tags.flatMap(matching))
    } catch (thrown) {
      refetchAll()
      throw thrown
    }
  }
  return db.onInvalidate(ALL, told, { at, onWatched: refetchAll })
}

function isFirst({ state }: CachedQuery): boolean {
  return state.fetchStatus !== 'idle' && state.data === undefined
}

function whenFetched(cache: Cache, query: CachedQuery, run: () => void): void {
  const stop = cache.subscribe(({ type, query: changed }) => {
    if (changed !== query || (type !== 'removed' && isFirst(query))) return
    stop()
    if (type !== 'removed') run()
  })
}

/**
 * A live query as options of TanStack Query: its data are the rows, own edits included, kept current as long as
 * something shows them.
 *
 * @example const { data } = useQuery(queryOptions(db.cards.where({ status: 'open' })))
 */
export function queryOptions<Row>(live: Live<Row>) {
  return {
    queryKey: [LIVE, live.key] as const,
    queryFn: (asked: Asked) => follow(live, asked),
    // It is told what changes, waits for the network by itself, and rows that stay the same are the same objects.
    staleTime: Number.POSITIVE_INFINITY,
    networkMode: 'always' as const,
    retry: false as const,
    structuralSharing: false as const,
  }
}

/** How to leave what is followed, by query. */
const leaving = new WeakMap<CachedQuery, () => void>()

/** Gives the first rows, and brings later ones into the cache until nothing shows them any more. */
function follow<Row>(live: Live<Row>, { client, queryKey, signal }: Asked): Promise<readonly Row[]> {
  const cache = client.getQueryCache()
  const query = cache.find({ queryKey })
  if (query) leaving.get(query)?.()
  return new Promise((resolve, reject) => {
    let rows: readonly Row[] | undefined
    let given: readonly Row[] | undefined
    const give = () => {
      // What is being fetched would overwrite it, and is followed by this again.
      if (!rows || rows === given || query?.state.fetchStatus !== 'idle') return
      given = rows
      client.setQueryData(queryKey, rows)
    }
    const show = () => {
      const { status, error, rows: shown } = live.getSnapshot()
      if (status === 'error') {
        leave()
        if (given) void client.refetchQueries({ queryKey, exact: true })
        else reject(error)
      } else if (given) {
        rows = shown
        give()
      } else if (status === 'ready') {
        given = rows = shown
        resolve(shown)
      }
    }
    const stops = [
      live.subscribe(show),
      cache.subscribe(({ type, query: changed }) => {
        if (changed !== query) return
        if (type === 'removed') leave()
        else if (given && query.state.fetchStatus === 'idle') {
          if (query.isActive()) give()
          else {
            leave()
            // Whoever shows it again follows again.
            void client.invalidateQueries({ queryKey, exact: true, refetchType: 'none' })
          }
        }
      }),
    ]
    const leave = () => {
      for (const stop of stops) stop()
    }
    if (query) leaving.set(query, leave)
    signal.addEventListener('abort', leave)
    show()
  })
}
