import type { Collection, Column, ColumnType } from '../../protocol/manifest.ts'
import { CONFLICTS } from './built-in.ts'

/** The state of a conflict that nobody has decided yet. */
export const OPEN = 'open'

/** The states of a conflict. One that is not open stays readable, and its loser can be restored. */
export const CONFLICT_STATES = [OPEN, 'superseded', 'resolved'] as const

/**
 * The collection of values that lost unseen. The engine writes it in the pass of the edit that it found them at; a
 * client says of one that it is resolved, and how, and nothing else.
 */
export const conflictsCollection: Collection = {
  name: CONFLICTS,
  insertOnly: false,
  deletes: 'win',
  columns: [
    kept('id', 'text'),
    kept('collection', 'text'),
    kept('record', 'text'),
    { ...kept('field', 'text'), nullable: true },
    kept('policy', 'text'),
    kept('asked', 'boolean'),
    { ...kept('base', 'json'), nullable: true },
    kept('winner', 'json'),
    kept('loser', 'json'),
    kept('winnerBy', 'text'),
    kept('loserBy', 'text'),
    { ...kept('result', 'json'), nullable: true },
    kept('epoch', 'text'),
    kept('seq', 'bigint'),
    kept('at', 'timestamp'),
    { ...kept('state', 'text'), values: [...CONFLICT_STATES], policy: { kind: 'lww' } },
    { ...kept('resolution', 'text'), nullable: true, policy: { kind: 'lww' } },
    { ...kept('resolvedBy', 'text'), nullable: true },
  ],
}

/** A column that no client writes. */
function kept(name: string, type: ColumnType): Column {
  return { name, type, nullable: false, policy: { kind: 'effect', of: 'lww' } }
}
