import { NOTIFICATION_STEPS, stateOf } from '../../../src/core/app/notification-state.ts'
import { groupBy } from '../../../src/core/records/group-by.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { NotificationItem } from '../api/notifications.ts'

/** Items to show, and those that were put away. */
type Items = { readonly items: NotificationItem[]; readonly archived: NotificationItem[] }

/** One thing that happened, with what was told of it: a person may be among those of several audiences. */
type Event = { readonly row: Row; readonly ids: string[]; rank: number }

/**
 * The items that notifications come to for a person: those of one kind and group are one, as the newest says. Archived
 * ones are apart, so that what comes into a group later is an item of its own.
 *
 * @param rows the newest first
 * @param rankOf how far the person has come with a notification
 */
export function toItems(
  rows: readonly Row[],
  rankOf: (notification: string) => number,
  isMuted: (kind: string) => boolean,
): Items {
  const events = new Map<string, Event>()
  for (const row of rows) {
    if (isMuted(String(row['kind']))) continue
    const [id, name] = [String(row['id']), String(row['event'])]
    const event = events.get(name) ?? { row, ids: [], rank: 0 }
    event.ids.push(id)
    event.rank = Math.max(event.rank, rankOf(id))
    events.set(name, event)
  }
  const groups = groupBy(events, ([name, { row, rank }]) => {
    const { kind = '', groupKey: group = null } = row
    return JSON.stringify(group === null ? name : [kind, group, stateOf(rank) === 'archived'])
  })
  const all = [...groups.values()].flatMap((group) => toItem(group.map(([, event]) => event)) ?? [])
  return {
    items: all.filter(({ state }) => state !== 'archived'),
    archived: all.filter(({ state }) => state === 'archived'),
  }
}

function toItem(events: readonly Event[]): NotificationItem | undefined {
  const [newest] = events
  if (!newest) return undefined
  const { row } = newest
  const ids = events.flatMap((event) => event.ids)
  const steps = events.map(({ rank }) => NOTIFICATION_STEPS.indexOf(stateOf(rank)))
  const { data, groupKey = null } = row
  return Object.freeze({
    id: String(row['id']),
    ids,
    count: events.length,
    kind: String(row['kind']),
    group: groupKey === null ? null : String(groupKey),
    data: typeof data === 'object' && data !== null ? data : {},
    at: String(row['at']),
    by: [...new Set(events.map((event) => String(event.row['by'])))].filter((subject) => subject !== ''),
    collection: String(row['collection']),
    record: String(row['record']),
    state: NOTIFICATION_STEPS[Math.min(...steps)] ?? 'unseen',
  })
}
