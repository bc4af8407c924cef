import type { Edit } from '../../../src/protocol/edit.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { LogPosition } from '../queue/pending-edit.ts'

/**
 * The place for what has to outlast a client's page: a port beside the environment, so that one suite tries what
 * browsers have and what tests have.
 *
 * - Of each person there is a store of its own. What is one's is never in another's.
 * - A batch is there as a whole or not at all. One whose promise has resolved is on the disk; `strict`: also after
 *   the browser is killed.
 * - An `add` whose n is there already is no mistake to be overwritten: the batch fails as `taken`. So does one that was
 *   made `after` another n than the last that was given away: another page has given away more since.
 * - A store that was emptied from outside fails as `gone` once, before anything is written; the next batch is
 *   expected to begin `anew`.
 */
export type Disk = {
  /** Who used the disk last, as the server names them. */
  latest(): Promise<string | undefined>
  /** @param owner undefined when nobody is to be assumed any more */
  remember(owner: string | undefined): Promise<void>
  /** Opens a person's store. Rejects with a `DiskFault`. */
  open(owner: string, heard: (event: StoreEvent) => void): Promise<Store>
  /** Deletes a person's store, if there is one. */
  remove(owner: string): Promise<void>
}

/** `superseded`: a newer version of the page needs another form of the store, which is closed for it. */
export type StoreEvent = 'superseded'

export type Store = {
  /** All of it; undefined where nothing was ever written, or all was deleted. */
  load(): Promise<Kept | undefined>
  /** The same without rows and manifest. */
  loadEdits(): Promise<KeptEdits | undefined>
  write(batch: Batch): Promise<void>
  /** Writes that were begun are finished. */
  close(): void
}

/** The client of a store: its name and numbers, and the log that its rows are of. */
export type KeptClient = {
  readonly clientId: string
  readonly epoch: string | undefined
  readonly cursor: number | undefined
  /** The highest n that was given away. */
  readonly last: number
  readonly acknowledged: number
}

export type KeptEdit = {
  readonly edit: Edit
  /** Its place in the log, once it has one. */
  readonly accepted?: number
  /** Where it was ordered, by epoch. */
  readonly places: readonly (readonly [epoch: string, seq: number])[]
}

/** A refused edit that nobody has dealt with. */
export type KeptRefusal = {
  readonly id: string
  readonly edit: Edit
  readonly error: WireError
  readonly at: number
}

/** A query's rows, as of a place. */
export type KeptView = {
  /** A number of this store's, for its rows to refer to. */
  readonly id: number
  readonly key: string
  readonly base: LogPosition
  readonly columns: readonly string[]
  readonly resumeToken: string
  /** Until when whoever had the rows had a right to them, in milliseconds since 1970. */
  readonly until: number
}

export type Kept = {
  readonly client: KeptClient
  readonly manifest: Manifest | undefined
  readonly edits: readonly KeptEdit[]
  readonly refused: readonly KeptRefusal[]
  readonly views: readonly (KeptView & { readonly rows: readonly Row[] })[]
  /** The store was found empty, and this is what was left elsewhere. */
  readonly lost?: true
}

/** The part of it that pages which share a store have to hear of. */
export type KeptEdits = Pick<Kept, 'client' | 'edits' | 'refused'>

/** The changes that are written together, in this order. */
export type Batch = {
  readonly durability: 'strict' | 'relaxed'
  /** All that is there is deleted first. */
  readonly anew?: true
  /** Its `last` never falls. */
  readonly client?: KeptClient
  readonly manifest?: Manifest
  readonly edits?: {
    readonly drop: readonly number[]
    /** New ones, each with an n that is not there. */
    readonly add: readonly KeptEdit[]
    readonly put: readonly KeptEdit[]
    /** The last n that was given away before, and the last one now; nothing else of the client is changed. */
    readonly numbers?: { readonly after: number; readonly last: number }
  }
  readonly refused?: { readonly drop: readonly string[]; readonly put: readonly KeptRefusal[] }
  /** The rows of a view that is dropped go with it. */
  readonly views?: { readonly drop: readonly number[]; readonly put: readonly KeptView[] }
  readonly rows?: readonly RowsOf[]
}

/** The changes of a view's rows. */
export type RowsOf = {
  readonly view: number
  /** Those that are there are deleted first. */
  readonly anew?: true
  readonly put: readonly Row[]
  readonly drop: readonly string[]
}

/** The reason why a store did not do what it was asked. After any of them what it had is as it was. */
export class DiskFault extends Error {
  override readonly name = 'DiskFault'
  readonly kind: 'quota' | 'gone' | 'taken' | 'unavailable'

  constructor(kind: DiskFault['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * The client of a store after a batch; undefined where it stays as it is. Throws where the batch is not to be written.
 *
 * @param expected the client id that the store has, as far as its page knows
 * @param before the client that it has
 */
export function nextClient(
  expected: string | undefined,
  { anew, client, edits }: Batch,
  before: KeptClient | undefined,
): KeptClient | undefined {
  if (!anew && expected !== undefined && before?.clientId !== expected)
    throw new DiskFault('gone', 'The store was emptied.')
  if (client) return { ...client, last: Math.max(client.last, before?.last ?? 0) }
  const { numbers } = edits ?? {}
  if (!numbers || !before) return undefined
  if (before.last !== numbers.after) throw new DiskFault('taken', `Edit ${before.last} is another page's.`)
  return { ...before, last: numbers.last }
}
