import type { Collection, Column, ColumnType } from '../../protocol/manifest.ts'
import { NOTIFICATION_PREFERENCES, NOTIFICATION_STATES, NOTIFICATIONS } from './built-in.ts'

/** The collection of what people are told. The engine writes it, in the pass of the edit that it tells of. */
export const notificationsCollection: Collection = {
  name: NOTIFICATIONS,
  insertOnly: false,
  deletes: 'win',
  columns: [
    kept('id', 'text'),
    kept('kind', 'text'),
    // The same for those that tell different people of one thing.
    kept('event', 'text'),
    // Whom it is for: conditions on claims, all of which hold; empty where there are fewer than three.
    kept('audience1', 'text'),
    kept('audience2', 'text'),
    kept('audience3', 'text'),
    // Whether its author is told as well, if the audience has them.
    kept('self', 'boolean'),
    kept('by', 'text'),
    kept('at', 'timestamp'),
    kept('data', 'json'),
    { ...kept('groupKey', 'text'), nullable: true },
    kept('collection', 'text'),
    kept('record', 'text'),
    // The columns of the record that its data tells of.
    kept('fields', 'text[]'),
    // What the record held, where the notification is about its end.
    { ...kept('was', 'json'), nullable: true },
  ],
}

/** The collection of how far each person has come with each notification. */
export const notificationStatesCollection: Collection = {
  name: NOTIFICATION_STATES,
  insertOnly: false,
  deletes: 'win',
  columns: [
    kept('id', 'text'),
    stamped('subject', 'text', ''),
    { ...kept('notification', 'text'), policy: { kind: 'immutable' } },
    { ...kept('rank', 'integer'), policy: { kind: 'max' } },
    // Whether the notification is for nobody else.
    stamped('alone', 'boolean', false),
    stamped('at', 'timestamp', '1970-01-01T00:00:00.000Z'),
  ],
}

/** The collection of what each person wants to be told of. */
export const notificationPreferencesCollection: Collection = {
  name: NOTIFICATION_PREFERENCES,
  insertOnly: false,
  deletes: 'win',
  columns: [
    kept('id', 'text'),
    stamped('subject', 'text', ''),
    { ...kept('kind', 'text'), policy: { kind: 'immutable' } },
    { ...kept('muted', 'boolean'), policy: { kind: 'lww' } },
  ],
}

/** A column that no client writes. */
function kept(name: string, type: ColumnType): Column {
  return { name, type, nullable: false, policy: { kind: 'effect', of: 'lww' } }
}

/** A column that the engine fills in what a client writes. */
function stamped(name: string, type: ColumnType, standard: string | boolean): Column {
  return { ...kept(name, type), default: standard }
}
