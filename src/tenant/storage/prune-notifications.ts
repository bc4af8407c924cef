import type { Application } from '../../core/app/application.ts'
import { NOTIFICATION_STATES, NOTIFICATIONS } from '../../core/app/built-in.ts'
import { dropRecords } from '../../core/edits/drop-records.ts'
import type { Turn } from '../../core/edits/turn.ts'
import { findOver } from './find-over.ts'
import type { Store } from './store.ts'

/** In a turn that tells something, ends what was told long ago, with the states that people gave it. */
export function pruneNotifications(
  store: Store,
  { notifications: options }: Pick<Application, 'notifications'>,
  turn: Turn,
): void {
  if (!options || !turn.tells) return
  const { rows } = store
  const over = new Set([
    ...findOver(turn.at, options.keepMs, (before) => rows.oldNotifications(before)),
    ...findOver(turn.at, options.keepReadMs, (before) => rows.readNotifications(before)),
  ])
  const groups = [...over].map((id) => {
    const states = rows.idsWhere(NOTIFICATION_STATES, { notification: id })
    return [...states.map((state) => [NOTIFICATION_STATES, state] as const), [NOTIFICATIONS, id] as const]
  })
  dropRecords(turn, groups)
}
