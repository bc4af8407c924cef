import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Owner } from '../queue/people.ts'
import type { Batch, KeptEdits } from './disk.ts'
import { entryOf } from './restored-edit.ts'
import { type Missed, withUnseen } from './unseen-edits.ts'

const SETTLED = wireError('already-settled', 'Another page has heard how it ended.')

/**
 * Takes in the edits that other pages have stored since: they are this client's as well. Edits of this page that are
 * not stored yet come after them, and say what they had not seen. Returns those that are new.
 */
export function adopt(owner: Owner, { client, edits }: KeptEdits): PendingEdit[] {
  const { clientId, queue } = owner
  const saved = queue.durable?.saved ?? 0
  const later = edits.filter(({ edit }) => edit.n > saved)
  const entries = later.map(entryOf)
  const missed = { edits: later.map(({ edit }) => edit), first: saved + 1, last: client.last }
  if (missed.last - missed.first + 1 > later.length)
    owner.unseen = { first: owner.unseen?.first ?? missed.first, last: missed.last }
  queue.adopt(client.last, entries, (own) => say(own, clientId, missed))
  return entries
}

/** The same for a page that has had the store open before. Returns its entries of all that is stored. */
export function adoptAgain(owner: Owner, kept: KeptEdits | undefined): PendingEdit[] {
  if (!kept) return []
  adopt(owner, kept)
  const numbers = new Set(kept.edits.map(({ edit }) => edit.n))
  return [...owner.queue.entries].filter(({ edit }) => numbers.has(edit.n))
}

/**
 * The entries of a store whose client id is another one by now. What this page had stored under the one before has been
 * carried on by the tab that drew it: it is the same edit, whose number alone is new.
 */
export function carriedOn(
  { queue }: Pick<Owner, 'queue'>,
  { edits }: Pick<KeptEdits, 'edits'>,
): PendingEdit[] {
  const saved = queue.durable?.saved ?? 0
  const stored = [...queue.entries].filter(({ edit }) => edit.n <= saved)
  const words = stored.map(wordsOf)
  return edits.map((kept) => {
    const entry = entryOf(kept)
    const { edit, progress } = entry
    const at = words.indexOf(wordsOf(kept))
    // One of two with the same words is not found twice.
    delete words[at]
    return Object.assign(stored[at] ?? entry, { edit, progress })
  })
}

function wordsOf({ edit }: Pick<PendingEdit, 'edit'>): string {
  return JSON.stringify(edit.ops)
}

type Ends = {
  readonly verdicts: readonly Verdict[]
  /** Postgres has everything up to this place. */
  readonly committed: number
}

/** The ends of a page's edits that it has not heard of, as the disk tells: they were refused, or are in Postgres. */
export function endsOf({ clientId, queue }: Owner, { client, edits, refused }: KeptEdits): Ends {
  const refusals = refused.flatMap(({ id, edit: { n }, error }): Verdict[] =>
    id === `${clientId}:${n}` && !error.retryable ? [{ is: 'rejected', n, error }] : [],
  )
  const there = new Set([...edits, ...refused].map(({ edit: { n } }) => n))
  const saved = Math.min(queue.durable?.saved ?? 0, client.last)
  const over = [...queue.entries].filter(({ edit: { n } }) => n <= saved && !there.has(n))
  const places = over.flatMap(({ progress }) => (progress.is === 'accepted' ? progress.seq : []))
  const settled = over.flatMap(({ edit: { n }, progress }): Verdict[] =>
    progress.is === 'accepted' ? [] : [{ is: 'rejected', n, error: SETTLED }],
  )
  return { verdicts: [...refusals, ...settled], committed: Math.max(0, ...places) }
}

/** A batch of edits whose numbers other pages have taken, behind theirs. */
export function renumbered(batch: Batch, clientId: string, { client: { last }, edits }: KeptEdits): Batch {
  const { numbers, add = [], drop = [], put = [] } = batch.edits ?? {}
  if (!numbers) return batch
  const first = numbers.after + 1
  const missed = { edits: edits.flatMap(({ edit }) => (edit.n >= first ? edit : [])), first, last }
  const own = add.map(({ edit }) => edit)
  const behind = add.map((kept, i) => ({
    ...kept,
    edit: { ...withUnseen(kept.edit, clientId, missed, own.slice(0, i)), n: last + 1 + i },
  }))
  return {
    ...batch,
    edits: { drop, put, add: behind, numbers: { after: last, last: last + add.length } },
  }
}

/** Says in edits that are to be stored what their page may not have been shown, beside what its pending edits show. */
export function sayUnseen({ clientId, queue, unseen }: Owner): void {
  if (!unseen) return
  const saved = queue.durable?.saved ?? 0
  const entries = [...queue.entries]
  const isStored = ({ edit }: PendingEdit) => edit.n <= saved
  const before = entries.filter(isStored).map(({ edit }) => edit)
  say(
    entries.filter((entry) => !isStored(entry)),
    clientId,
    { edits: [], ...unseen },
    before,
  )
}

/** @param before edits of the same page that these follow */
function say(
  entries: readonly PendingEdit[],
  clientId: string,
  missed: Missed,
  before: readonly Edit[] = [],
): void {
  const own = [...before]
  for (const entry of entries) {
    entry.edit = withUnseen(entry.edit, clientId, missed, own)
    own.push(entry.edit)
  }
}
