import { rightsOf } from '../core/access/rights.ts'
import type { Application, Claims, Rules } from '../core/app/application.ts'
import { attached } from '../core/app/attached.ts'
import { conflictsCollection } from '../core/app/conflicts-collection.ts'
import type { Op } from '../protocol/edit.ts'
import { allOf, anyOf, negated } from '../protocol/normal-filter.ts'
import type { Filter } from '../protocol/query.ts'
import type { SqlTable } from './describe-table.ts'
import { engineTable } from './engine-table.ts'

/** The columns that a client may write: to say that a conflict is resolved, and how. */
const WRITABLE: readonly string[] = ['state', 'resolution']

export const conflictsTable: SqlTable = engineTable('conflict', conflictsCollection)

/** The lists of columns that the object keeps indexes for. */
export const conflictsIndexes: readonly (readonly string[])[] = [['winnerBy'], ['loserBy'], ['state', 'at']]

const DAY_MS = 86_400_000
export const KEEP_DAYS = 90

/** An application's word on how long closed conflicts are kept, with what it left out. Throws, at start-up, on a time that is none. */
export function toConflictOptions(keepDays = KEEP_DAYS): { readonly keepMs: number } {
  if (!Number.isFinite(keepDays) || keepDays <= 0)
    throw new Error('conflicts: keepDays is days, more than none')
  return { keepMs: keepDays * DAY_MS }
}

/**
 * The rules of the conflicts of an application: who may see one, and what may be done with it.
 *
 * @param reviews whether somebody sees the conflicts of all, and not only those that they are a side of
 */
export function conflictRules(application: Application, reviews?: (claims: Claims) => boolean): Rules {
  return {
    read: (claims) => mayRead(application, claims, reviews?.(claims) === true),
    write: ({ op }) => whyNotWritable(op) ?? true,
    stamp: ({ claims }) => ({ resolvedBy: claims.sub }),
  }
}

/** Whoever is a side of it and may read the record and the field, as they are by now. */
function mayRead(application: Application, { ...claims }: Claims, reviewsAll: boolean): Filter {
  const { collections } = application.manifest
  const readable = collections.map(({ name }): Filter => {
    const { read, hidden } = rightsOf(application, claims, name)
    const isShown = hidden.length > 0 ? [negated(['in', 'field', hidden])] : []
    return allOf([['=', 'collection', name], ...isShown, attached(read)])
  })
  const isSide: Filter = anyOf([
    ['=', 'winnerBy', claims.sub],
    ['=', 'loserBy', claims.sub],
  ])
  return allOf([...(reviewsAll ? [] : [isSide]), anyOf(readable)])
}

function whyNotWritable(op: Op): string | undefined {
  if (op.op !== 'update') return 'Conflicts are kept by Tidemark: one can be resolved, and nothing else.'
  const other = Object.keys(op.fields).find((name) => !WRITABLE.includes(name))
  if (other !== undefined) return `"${other}" of a conflict is not yours to write.`
  const state = op.fields['state']
  const isResolved = state === undefined || ('set' in state && state.set === 'resolved')
  return isResolved ? undefined : 'A conflict can be resolved; it is opened and superseded by edits.'
}
