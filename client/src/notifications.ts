import { Inbox } from './notifications/notifications.ts'
import type { Part } from './parts/part.ts'

/**
 * The part of a client that shows what its person is told, as `db.notifications`.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, parts: [notifications()] })
 */
export function notifications(): Part {
  return {
    name: 'notifications',
    join: ({ query, edit, guard, person }) => ({
      members: {
        notifications: new Inbox({
          query: (wanted) => query(wanted, 'medium'),
          edit,
          guard,
          owner: () => person().name ?? '',
        }),
      },
    }),
  }
}
