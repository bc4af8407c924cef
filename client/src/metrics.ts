import { Metrics } from './metrics/metrics.ts'
import type { Part } from './parts/part.ts'

/**
 * The part of a client that measures its connection, as `db.metrics`, and tells the server of it beside what is sent
 * anyway.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, parts: [metrics()] })
 */
export function metrics(): Part {
  return {
    name: 'metrics',
    join: ({ environment, guard, token }) => {
      const joined = new Metrics({ ...environment, guard, isLive: () => token() !== undefined })
      return {
        members: { metrics: joined },
        session: joined,
        told: () => joined.told(),
        closed: () => joined.close(),
      }
    },
  }
}
