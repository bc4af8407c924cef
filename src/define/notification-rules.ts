import { rightsOf } from '../core/access/rights.ts'
import type { Application, Claims, NotificationOptions, Rules, Stamping } from '../core/app/application.ts'
import { ATTACHED, attached } from '../core/app/attached.ts'
import { isAlone, keysOf } from '../core/app/audience.ts'
import { NOTIFICATIONS } from '../core/app/built-in.ts'
import {
  notificationPreferencesCollection,
  notificationStatesCollection,
  notificationsCollection,
} from '../core/app/notification-collections.ts'
import { preferenceId, stateId } from '../core/app/notification-state.ts'
import { ownerOf } from '../core/app/owner.ts'
import type { Rights } from '../core/query/view.ts'
import { timestampOf } from '../core/records/timestamp.ts'
import type { Op } from '../protocol/edit.ts'
import type { Collection } from '../protocol/manifest.ts'
import { allOf, anyOf, NOTHING, negated } from '../protocol/normal-filter.ts'
import type { Filter } from '../protocol/query.ts'
import type { SqlTable } from './describe-table.ts'
import { engineTable } from './engine-table.ts'

/** One of the engine's own collections, as an application has it. */
export type BuiltIn = {
  readonly collection: Collection
  readonly table: SqlTable
  /** The lists of columns that the object keeps indexes for. */
  readonly indexes: readonly (readonly string[])[]
  readonly rules: Rules
}

/** What of a notification is the engine's own business. */
const UNTOLD = ['audience1', 'audience2', 'audience3', 'self', 'fields', 'was']

/**
 * The collections of an application's notifications, with their rules.
 *
 * @param application its own collections, without these
 */
export function notificationCollections(application: Application, options: NotificationOptions): BuiltIn[] {
  return [
    {
      collection: notificationsCollection,
      table: engineTable('notification', notificationsCollection),
      indexes: [['audience1', 'at'], ['at'], ['collection', 'record']],
      rules: {
        read: (claims) => mayRead(application, claims, options.audience),
        hidden: () => UNTOLD,
        write: () =>
          'Notifications are written by rules; what is yours to write is whether you have read one.',
      },
    },
    {
      collection: notificationStatesCollection,
      table: engineTable('notification_state', notificationStatesCollection),
      indexes: [['subject'], ['notification'], ['alone', 'at']],
      rules: {
        read: isOwn,
        write: ({ claims, op }) =>
          whyNotOwn(op, (values) => stateId(ownerOf(claims), String(values['notification']))) ?? true,
        stamp: stampState,
      },
    },
    {
      collection: notificationPreferencesCollection,
      table: engineTable('notification_preference', notificationPreferencesCollection),
      indexes: [['subject']],
      rules: {
        read: isOwn,
        write: ({ claims, op }) =>
          whyNotOwn(op, (values) => preferenceId(ownerOf(claims), String(values['kind']))) ?? true,
        stamp: ({ claims }) => ({ subject: claims.sub }),
      },
    },
  ]
}

/** Whoever is of its audience, and may read the record and the columns that it tells of, as they are by now. */
function mayRead(application: Application, claims: Claims, audience: readonly string[]): Filter {
  const keys = keysOf(claims, audience)
  const meets = (name: string): Filter =>
    anyOf([
      ['=', name, ''],
      ['in', name, keys],
    ])
  const readable = application.manifest.collections.map(({ name }): Filter => {
    const { read, hidden } = rightsIn(application, claims, name)
    const tellsOf = hidden.map((column): Filter => ['has', 'fields', column])
    return allOf([['=', 'collection', name], ...tellsOf.map(negated), attached(read)])
  })
  return allOf([
    anyOf(readable),
    // One that is gone, and of whose end the notification does not tell, cannot be judged.
    negated(['=', `${ATTACHED}id`, null]),
    anyOf([['=', 'self', true], negated(['=', 'by', claims.sub])]),
    meets('audience3'),
    meets('audience2'),
    ['in', 'audience1', ['', ...keys]],
  ])
}

/** The rights in a collection: none where its rules fail, so that those of the others count all the same. */
function rightsIn(...[application, claims, name]: Parameters<typeof rightsOf>): Rights {
  try {
    return rightsOf(application, claims, name)
  } catch {
    return { read: NOTHING, hidden: [] }
  }
}

function isOwn({ sub }: Claims): Filter {
  return ['=', 'subject', sub]
}

/** The id of what is a person's own is derived, so that all devices of theirs write one record, and nobody else does. */
function whyNotOwn(
  op: Op,
  idOf: (values: Extract<Op, { op: 'insert' }>['values']) => string,
): string | undefined {
  if (op.op === 'delete') return 'What you have read stays noted until the notification goes.'
  if (op.op === 'insert' && op.id !== idOf(op.values)) return 'This id is not one of yours.'
  return undefined
}

function stampState({ claims, op, at, readable }: Stamping): ReturnType<NonNullable<Rules['stamp']>> {
  const own = { subject: claims.sub, at: timestampOf(at) }
  if (op.op !== 'insert') return own
  const notification = readable(NOTIFICATIONS, String(op.values['notification']))
  if (!notification) return 'There is no such notification.'
  return { ...own, alone: isAlone(notification) }
}
