import { subjectIn } from '../../src/core/app/owner.ts'
import { ConflictQueries } from './conflicts/conflict-queries.ts'
import type { Part } from './parts/part.ts'

/**
 * The part of a client that shows what lost unseen, as `db.conflicts`.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, parts: [conflicts()] })
 */
export function conflicts(): Part {
  return {
    name: 'conflicts',
    join: ({ query, get, edit, person, guard, environment }) => ({
      members: {
        conflicts: new ConflictQueries({
          query: (wanted) => query(wanted, 'medium'),
          get,
          edit,
          reader: () => {
            const { name, clientId } = person()
            return { subject: name === undefined ? undefined : subjectIn(name), client: clientId }
          },
          soon: environment.soon,
          guard,
        }),
      },
    }),
  }
}
