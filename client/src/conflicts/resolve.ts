import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { changedItems } from '../../../src/core/records/items.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import { MAX_OPS_PER_EDIT } from '../../../src/protocol/limits.ts'
import type { Resolution } from '../api/conflicts.ts'
import type { EditHandle, EditOptions } from '../api/edit-handle.ts'
import type { Composer } from '../edits/composer.ts'
import type { Draft } from '../edits/draft.ts'
import { together } from '../edits/together.ts'
import type { LostRow } from './lost-row.ts'
import type { Outcome, Written } from './outcome.ts'

/** The rest of the client, as resolving takes it. */
export type ResolvePort = {
  readonly edit: (compose: (composer: Composer) => void, options?: EditOptions) => EditHandle
  /** Whether a record is known not to exist. */
  readonly isGone: (collection: string, record: string) => boolean
  /** Whether somebody listens to these conflicts, so that one which is not held is over. */
  readonly isHeld: () => boolean
}

/**
 * Resolves a conflict by one edit. Its author has seen all of it, so what does not fit beside what it writes is
 * superseded by itself; where nothing is written, there is an edit for each hundred losing values.
 */
export function resolve(
  port: ResolvePort,
  rows: readonly [LostRow, ...LostRow[]],
  outcome: Outcome,
  options?: EditOptions,
): EditHandle {
  // What is restored comes first, so that it is said in the edit that writes it.
  const said = (is: (resolution: Resolution) => boolean) =>
    rows.filter((row) => {
      const resolution = outcome.resolutionOf(row)
      return resolution !== undefined && is(resolution)
    })
  const marked = [...said((one) => one === 'restored'), ...said((one) => one !== 'restored')]
  let done = marked.length
  const first = port.edit((composer) => {
    put(composer, port, rows[0], outcome)
    if (composer.size === 0) done = MAX_OPS_PER_EDIT
    mark(composer, port, marked.slice(0, MAX_OPS_PER_EDIT - composer.size), outcome)
  }, options)
  const handles = [first]
  for (; done < marked.length; done += MAX_OPS_PER_EDIT) {
    const some = marked.slice(done, done + MAX_OPS_PER_EDIT)
    handles.push(port.edit((composer) => mark(composer, port, some, outcome), options))
  }
  return together(handles)
}

function put(
  composer: Composer,
  { isGone }: ResolvePort,
  { collection, record }: LostRow,
  { write }: Outcome,
): void {
  if (write.is === 'nothing') return
  if (write.is === 'refused') {
    composer.refuse(write.error)
    return
  }
  const row = composer.get(collection, record)
  const fields = write.is === 'fields' ? write.fields : []
  if (row && fields.every(([name]) => Object.hasOwn(row, name))) {
    if (write.is === 'delete') composer.delete(collection, record)
    else composer.update(collection, record, (draft) => Object.assign(draft, written(draft, fields)))
    return
  }
  const unusable = composer.whyUnusable(collection, record)
  if (unusable) composer.refuse(unusable)
  else if (!isGone(collection, record)) composer.refuse(notLoaded())
  else if (write.is === 'fields') composer.refuse(gone(collection, record))
}

/** Fields of a record once all of it is written into them, one after the other. */
function written(now: Draft, fields: readonly Written[]): Draft {
  const after: Draft = {}
  for (const [name, what] of fields) {
    const value = Object.hasOwn(after, name) ? after[name] : now[name]
    if ('set' in what) after[name] = what.set
    else if ('add' in what) after[name] = (typeof value === 'number' ? value : 0) + what.add
    else after[name] = changedItems(itemsIn(value), what.items)
  }
  return after
}

function itemsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** What somebody else has closed meanwhile stays as it was closed, but for what is restored now. */
function mark(
  composer: Composer,
  { isHeld }: ResolvePort,
  rows: readonly LostRow[],
  { resolutionOf }: Outcome,
): void {
  for (const row of rows) {
    const resolution = resolutionOf(row)
    const now = composer.get(CONFLICTS, row.id)
    const isOver = now ? now['state'] !== 'open' : isHeld()
    if (isOver && (resolution !== 'restored' || !now)) continue
    composer.update(CONFLICTS, row.id, (draft) => Object.assign(draft, { state: 'resolved', resolution }))
  }
}

/** A write made without sight of what is there would be one more that somebody loses unseen. */
function notLoaded() {
  return wireError(
    'not-ready',
    'The record is not loaded. It is while somebody listens to the conflict, once its status is ready.',
  )
}

function gone(collection: string, record: string) {
  const way = `db.${collection}.restore(${JSON.stringify(record)})`
  const message = `The record is deleted. Bring it back first, by ${way}; then what was lost can be written into it.`
  return wireError('not-found', message, { ref: record })
}
