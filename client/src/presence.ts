import type { Part } from './parts/part.ts'
import { Presence } from './presence/presence.ts'

/**
 * The part of a client that tells who is where, as `db.presence`.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, parts: [presence()] })
 */
export function presence(): Part {
  return {
    name: 'presence',
    join: ({ environment, guard, changed }) => {
      const joined = new Presence({ ...environment, guard, changed })
      return {
        members: { presence: joined },
        session: joined,
        signs: () => joined.signs,
        closed: () => joined.close(),
      }
    },
  }
}
