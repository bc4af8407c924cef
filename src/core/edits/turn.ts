import type { Verdict } from '../../protocol/down/receipt.ts'
import type { Row } from '../../protocol/value.ts'
import { CONFLICTS, NOTIFICATIONS } from '../app/built-in.ts'
import { OPEN } from '../app/conflicts-collection.ts'
import type { MergeFault } from '../app/merging.ts'
import { Bases, type ReadPast } from '../log/base-of.ts'
import type { Conflict, LogEntry } from '../log/log.ts'
import type { ReadAside } from '../records/aside.ts'
import { recordKey, type StoredRecord } from '../records/record.ts'
import { REVERT_ACTOR, SQL_ACTOR } from '../records/version-vector.ts'
import { type ClientState, newClientState, type StoredVerdict } from './admit.ts'
import type { Draft } from './draft.ts'
import type { Proposal } from './proposal.ts'

/** A rule of the application that failed where nobody is to lose by it, for whoever runs the service. */
export type RuleFault = { readonly collection: string; readonly rule: string; readonly error: string }

/** The object's storage as the core reads it. All of it synchronous. */
export type Reads = {
  readonly epoch: string
  /** Seq of the last log entry. */
  readonly head: number
  /** Accepted edits that are not in Postgres yet. */
  readonly outbox: number
  record(collection: string, id: string): StoredRecord | undefined
  readonly aside: ReadAside
  /** The ids of the open conflicts about a record. */
  openConflicts(collection: string, id: string): Iterable<string>
  /** How many records have an open conflict. */
  readonly openCount: number
  /** The subject of the entry at a seq of the log; undefined where the log does not reach so far back. */
  subjectAt(seq: number): string | undefined
  clientState(client: string): ClientState | undefined
  /** The client's edit that Postgres is to have first; it has one at most, because later ones wait. */
  proposal(client: string): Proposal | undefined
  /** How many such edits wait. */
  readonly waiting: number
  /**
   * Where an edit is that Postgres is not known to have: its seq, or `carried` when this log has still to take it
   * over from an earlier one. Asked for in rare cases only.
   */
  locateEdit(client: string, n: number): number | 'carried' | undefined
  /** The log backwards. Asked for only where edits are concurrent. */
  readonly past: ReadPast
}

/**
 * Everything that one event-loop turn decides, gathered so that it is written once: one log row,
 * each touched record and each client's state one time, however many edits the turn took.
 */
export class Turn {
  readonly epoch: string
  readonly at: number
  readonly entries: LogEntry[] = []
  /** Entries that wait for Postgres and have become something else, by their seq. */
  readonly corrections = new Map<number, LogEntry>()
  readonly conflicts: Conflict[] = []
  readonly records = new Map<string, StoredRecord>()
  readonly clientStates = new Map<string, ClientState>()
  /** Clients that said hello for the first time, with their subjects. */
  readonly newcomers = new Map<string, string>()
  /** New proposals and changed ones by client; undefined for one that was settled. */
  readonly proposals = new Map<string, Proposal | undefined>()
  /** What the clients of settled proposals are to be told. */
  readonly verdicts: { readonly client: string; readonly verdict: Verdict }[] = []
  #tells = false
  readonly #faults = new Map<string, RuleFault>()
  /** What authors had in sight. */
  readonly bases: Bases
  /** What went wrong in the application's merge functions. */
  readonly mergeFaults: MergeFault[] = []
  readonly #reads: Reads
  readonly #verdicts = new Map<string, StoredVerdict[]>()
  /** Of the conflicts that the turn writes, by the record that they are about. */
  readonly #conflictIds = new Map<string, Set<string>>()
  readonly #read = new Map<string, StoredRecord | undefined>()

  /** @param at milliseconds since 1970, written to the log for people to read */
  constructor(reads: Reads, at: number) {
    this.#reads = reads
    this.epoch = reads.epoch
    this.at = at
    this.bases = new Bases(reads.head, this.entries, (before) => reads.past(before))
  }

  get head(): number {
    return this.#reads.head + this.entries.length
  }

  get outbox(): number {
    return this.#reads.outbox + this.entries.length
  }

  /** Proposals that wait, settled ones of this turn included. */
  get waiting(): number {
    return this.#reads.waiting + this.proposals.size
  }

  /** The record as the turn leaves it so far. */
  readonly record = (collection: string, id: string): StoredRecord | undefined => {
    const key = recordKey(collection, id)
    const changed = this.records.get(key)
    if (changed) return changed
    if (!this.#read.has(key)) this.#read.set(key, this.#reads.record(collection, id))
    return this.#read.get(key)
  }

  /** The record's row as the turn leaves it so far, if it lives. */
  readonly living = (collection: string, id: string): Row | undefined => {
    const record = this.record(collection, id)
    return record?.deleted ? undefined : record?.row
  }

  /** What a record that the turn touches held before it, or had held at last where it did not live. */
  readonly heldBefore = (collection: string, id: string): Row | undefined =>
    this.#read.get(recordKey(collection, id))?.row

  /** Why a record is set aside, if it is. */
  readonly aside: ReadAside = (collection, id) => this.#reads.aside(collection, id)

  /** Where an edit is that Postgres is not known to have, as of before the turn. */
  readonly locateEdit: Reads['locateEdit'] = (client, n) => this.#reads.locateEdit(client, n)

  /** Whether there is a conflict that a write may supersede. */
  get keepsConflicts(): boolean {
    return this.#reads.openCount > 0 || this.#conflictIds.size > 0
  }

  /** The open conflicts about a record, as the turn leaves them so far. */
  openConflicts(collection: string, id: string): StoredRecord[] {
    const ids = [
      ...this.#reads.openConflicts(collection, id),
      ...(this.#conflictIds.get(recordKey(collection, id)) ?? []),
    ]
    return [...new Set(ids)].flatMap((conflict) => {
      const record = this.record(CONFLICTS, conflict)
      return record && !record.deleted && record.row['state'] === OPEN ? record : []
    })
  }

  /** The subject that a write is of; empty where nobody is known. */
  subjectOf(actor: string, n: number): string {
    if (actor === '' || actor === REVERT_ACTOR) return ''
    if (actor !== SQL_ACTOR) return this.#knownClient(actor)?.subject ?? ''
    return this.entries.find(({ seq }) => seq === n)?.subject ?? this.#reads.subjectAt(n) ?? ''
  }

  /** Whether a conflict is found, changed or ended. */
  get writesConflicts(): boolean {
    return this.#conflictIds.size > 0
  }

  /** Whether somebody is told something. */
  get tells(): boolean {
    return this.#tells
  }

  /** A rule failed. One that does so again in the same way says nothing new. */
  failed(fault: RuleFault): void {
    this.#faults.set(JSON.stringify(fault), fault)
  }

  /** The rules that failed. */
  get faults(): readonly RuleFault[] {
    return [...this.#faults.values()]
  }

  /** The client's state, made for `subject` if the client is new. */
  clientState(client: string, subject: string): ClientState {
    return this.#knownClient(client) ?? newClientState(client, subject)
  }

  #knownClient(client: string): ClientState | undefined {
    return this.clientStates.get(client) ?? this.#reads.clientState(client)
  }

  /** The highest n ordered for a client; 0 for one never seen. */
  readonly lastOf = (client: string): number => this.#knownClient(client)?.last ?? 0

  /** The client's proposal as the turn leaves it so far. */
  proposal(client: string): Proposal | undefined {
    return this.proposals.has(client) ? this.proposals.get(client) : this.#reads.proposal(client)
  }

  putClientState(state: ClientState): void {
    this.clientStates.set(state.client, state)
  }

  /** Keeps a verdict for an edit that was `fresh`. */
  settleEdit(state: ClientState, verdict: StoredVerdict): void {
    // A list of this turn's own grows, so that many edits of a client do not copy it each.
    const own = this.#verdicts.get(state.client)
    const verdicts = own && own === state.verdicts ? own : [...state.verdicts]
    verdicts.push(verdict)
    this.#verdicts.set(state.client, verdicts)
    this.putClientState({ ...state, last: verdict.n, verdicts })
  }

  /** Takes a whole edit into the order. */
  accept(draft: Draft, subject: string): void {
    const { actor, n, seq } = draft.version
    const changes = draft.changes()
    const steps = draft.steps(changes)
    const entry = { seq, actor, n, subject, at: this.at, changes, ...(steps && { steps }) }
    this.append(entry, draft.records())
    this.conflicts.push(...draft.conflicts)
  }

  #noteConflict({ id, row }: StoredRecord): void {
    const key = recordKey(String(row['collection']), String(row['record']))
    this.#conflictIds.set(key, (this.#conflictIds.get(key) ?? new Set()).add(id))
  }

  append(entry: LogEntry, records: readonly StoredRecord[]): void {
    if (entry.seq !== this.head + 1) throw new Error(`entry ${entry.seq} does not follow ${this.head}`)
    this.entries.push(entry)
    for (const record of records) {
      this.records.set(recordKey(record.collection, record.id), record)
      if (record.collection === CONFLICTS) this.#noteConflict(record)
      if (record.collection === NOTIFICATIONS) this.#tells = true
    }
  }
}
