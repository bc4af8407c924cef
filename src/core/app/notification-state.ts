import { hashText } from '../records/hash.ts'

/** The states of a notification for one person, in the order that they follow each other in. */
export const NOTIFICATION_STEPS = ['unseen', 'seen', 'read', 'archived'] as const

export type NotificationState = (typeof NOTIFICATION_STEPS)[number]

/*
 * A state is stored as a rank, of which the greatest stays: the step that the notification is at, and how often it was
 * marked unread before, four to a round. So what several devices of a person say merges in whatever order it comes:
 *
 *   round 0    0 unseen -> 1 seen -> 2 read -> 3 archived
 *   round 1                5 seen -> 6 read -> 7 archived      after it was marked unread once
 */

/** The state that a rank stands for. */
export function stateOf(rank: number): NotificationState {
  return NOTIFICATION_STEPS[stepOf(rank)] ?? 'unseen'
}

/** The rank of a notification that has come at least as far as a state. */
export function advanced(rank: number, to: NotificationState): number {
  const step = NOTIFICATION_STEPS.indexOf(to)
  return step > stepOf(rank) ? rank - stepOf(rank) + step : rank
}

/** The rank of a notification that is marked unread: it was seen, and that is all. */
export function unread(rank: number): number {
  const step = stepOf(rank)
  if (step <= 1) return rank - step + 1
  return rank - step + NOTIFICATION_STEPS.length + 1
}

function stepOf(rank: number): number {
  return rank % NOTIFICATION_STEPS.length
}

/**
 * The id of a person's state of a notification: there is one, whichever device writes it first.
 *
 * @param owner the tenant and the person, as `welcome` names them
 */
export function stateId(owner: string, notification: string): string {
  return `${hashText(owner)}.${notification}`
}

/** The id of a person's preference for a kind. */
export function preferenceId(owner: string, kind: string): string {
  return `${hashText(owner)}.${kind}`
}
