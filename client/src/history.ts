import { notConnected, Past } from './history/past.ts'
import type { Part } from './parts/part.ts'

/**
 * The part of a client that reads the past and brings it back: `history`, `asOf` and `restore` of its collections,
 * and `db.undo`.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, parts: [history()] })
 */
export function history(): Part {
  return {
    name: 'history',
    join: ({ environment, guard, address, query, sync, edit, token, ended }) => {
      const past = new Past({
        soon: environment.soon,
        fetch: environment.fetch,
        setTimer: environment.setTimer,
        guard,
        address,
        token: () => token() ?? ended() ?? notConnected(),
        isLive: () => token() !== undefined,
        query: (collection, id) => query({ collection, where: ['=', 'id', id] }, 'high'),
        sync,
        edit,
      })
      return { members: { history: past }, told: () => past.told() }
    },
  }
}
