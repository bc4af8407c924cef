import type { Application, Claims } from '../../../src/core/app/application.ts'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { ClientState } from '../../../src/core/edits/admit.ts'
import type { Proposal, Question } from '../../../src/core/edits/proposal.ts'
import { receive } from '../../../src/core/edits/receive.ts'
import { planProposal, takeVerdict } from '../../../src/core/edits/settle-proposal.ts'
import { type Reads, Turn } from '../../../src/core/edits/turn.ts'
import type { ExternalEvent, TakenProposal } from '../../../src/core/external/events.ts'
import { takeExternal } from '../../../src/core/external/take-external.ts'
import { effectiveEntries } from '../../../src/core/log/effective-entries.ts'
import type { Conflict, LogEntry } from '../../../src/core/log/log.ts'
import type { ProposalVerdict } from '../../../src/core/outbox/batch.ts'
import type { Aside } from '../../../src/core/records/aside.ts'
import { recordKey, type StoredRecord } from '../../../src/core/records/record.ts'
import { type Reverted, revertEdit } from '../../../src/core/revert/revert.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import type { Row } from '../../../src/protocol/value.ts'

/** A tenant's storage in memory: what the core reads, and a turn's outcome written back whole. */
export class MemoryTenant implements Reads {
  readonly epoch = 'epoch1'
  outbox = 0
  readonly log: LogEntry[] = []
  readonly conflicts: Conflict[] = []
  readonly #application: Application
  readonly #records = new Map<string, StoredRecord>()
  readonly #marks = new Map<string, ClientState>()
  readonly #corrections = new Map<number, LogEntry>()
  readonly proposals = new Map<string, Proposal>()
  /** Verdicts that came later than their push. */
  readonly verdicts: Verdict[] = []

  /** Milliseconds since 1970. */
  readonly #now: () => number

  constructor(application: Application, now: () => number = () => 0) {
    this.#application = application
    this.#now = now
  }

  get head(): number {
    return this.log.length
  }

  record(collection: string, id: string): StoredRecord | undefined {
    return this.#records.get(recordKey(collection, id))
  }

  readonly asides = new Map<string, Aside>()

  readonly aside = (collection: string, id: string): Aside | undefined =>
    this.asides.get(recordKey(collection, id))

  openConflicts(collection: string, id: string): string[] {
    return this.#open()
      .filter(({ row }) => row['collection'] === collection && row['record'] === id)
      .map((record) => record.id)
  }

  get openCount(): number {
    return this.#open().length
  }

  #open(): StoredRecord[] {
    return [...this.#records.values()].filter(
      ({ collection, row, deleted }) => collection === CONFLICTS && !deleted && row['state'] === 'open',
    )
  }

  subjectAt(seq: number): string | undefined {
    return this.log[seq - 1]?.subject
  }

  clientState(client: string): ClientState | undefined {
    return this.#marks.get(client)
  }

  proposal(client: string): Proposal | undefined {
    return this.proposals.get(client)
  }

  /** What the log has still to take over from an earlier one. */
  readonly places = new Map<string, number | 'carried'>()

  locateEdit(client: string, n: number): number | 'carried' | undefined {
    return this.places.get(`${client}/${n}`)
  }

  /** Seqs up to here were pruned from what can be read backwards. */
  floor = 0

  past(before: number) {
    const entries = before - 1 > this.floor ? this.log.slice(before - 2, before - 1) : []
    return { entries, characters: JSON.stringify(entries).length }
  }

  get waiting(): number {
    return this.proposals.size
  }

  /** What Postgres is to be asked about the client's proposal, at a time in ms. */
  question(client: string, now = this.#now()): Question | undefined {
    const proposal = this.proposals.get(client)
    if (!proposal) return undefined
    const turn = new Turn(this, now)
    const question = planProposal(turn, this.#application, proposal)
    if (question) turn.proposals.set(client, { ...proposal, asked: true })
    this.write(turn)
    return question
  }

  /** The records of a collection, in the order of their ids; also those that were deleted. */
  recordsOf(collection: string): StoredRecord[] {
    return [...this.#records.values()]
      .filter((record) => record.collection === collection)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The living row of a record. */
  row(collection: string, id: string): Row | undefined {
    const record = this.record(collection, id)
    return record?.deleted ? undefined : record?.row
  }

  /** Takes one push as a turn of its own. */
  push(
    client: string,
    edits: readonly Edit[],
    options: { role?: string; acknowledged?: number; subject?: string; claims?: Claims } = {},
  ): Verdict[] {
    const turn = new Turn(this, this.#now())
    const verdicts = this.pushIn(turn, client, edits, options)
    this.write(turn)
    return verdicts
  }

  /** Takes a push into a turn. */
  pushIn(
    turn: Turn,
    client: string,
    edits: readonly Edit[],
    {
      role = 'writer',
      acknowledged = 0,
      subject = `person of ${client}`,
      claims = { sub: subject, tenant: 'acme', role },
    }: { role?: string; acknowledged?: number; subject?: string; claims?: Claims } = {},
  ): Verdict[] {
    return receive(turn, this.#application, { client, claims, acknowledged, edits })
  }

  /**
   * Takes changes that were made in Postgres, as one turn.
   *
   * @param committed what is known to be in Postgres
   */
  takeExternal(changes: readonly ExternalEvent[], committed = 0): LogEntry[] {
    const turn = new Turn(this, this.#now())
    const unsent = () => this.#standing(turn, committed)
    for (const change of changes) takeExternal(turn, this.#application, change, unsent)
    this.write(turn)
    return turn.entries
  }

  /** Takes what Postgres said of a proposal, after the external changes of the same answer. */
  takeVerdict(question: Question, verdict: ProposalVerdict): void {
    const turn = new Turn(this, this.#now())
    const refused = verdict.is === 'refused' ? wireError('refused-check', verdict.refusal.message) : undefined
    takeVerdict(turn, question, refused, false)
    this.write(turn)
  }

  /** Postgres refuses a proposal. */
  refuse(question: Question, message: string): void {
    this.takeVerdict(question, { is: 'refused', refusal: { seq: question.n, sqlState: '23514', message } })
  }

  /** The entries above a seq, as they are by now. */
  unsent(committed: number): LogEntry[] {
    return effectiveEntries(this.log.slice(committed), [...this.#corrections.values()])
  }

  /** Undoes an edit that Postgres refused. */
  revert(seq: number, message = 'The database does not allow this value.'): Reverted[] {
    const turn = new Turn(this, this.#now())
    const error = wireError('refused-check', message)
    const reverted = revertEdit(turn, this.#application, { seq, error }, (after) =>
      this.#standing(turn, after),
    )
    this.write(turn)
    return reverted
  }

  /** Of what waits for Postgres: external changes, and entries that are no longer what they were. */
  corrections(committed = 0): LogEntry[] {
    return [...this.#corrections.values()].filter(({ seq }) => seq > committed)
  }

  #standing(turn: Turn, after: number): LogEntry[] {
    return effectiveEntries(
      [...this.log.slice(after), ...turn.entries],
      [...this.#corrections.values(), ...turn.corrections.values()],
    )
  }

  /** Begins with rows that Postgres held. */
  load(collection: string, rows: Readonly<Record<string, Row>>): void {
    for (const [id, row] of Object.entries(rows)) {
      const birth = { actor: 'sql', n: 0, seq: 0 }
      this.#records.set(recordKey(collection, id), { collection, id, row, birth, versions: {} })
    }
  }

  write(turn: Turn): void {
    this.log.push(...turn.entries)
    this.conflicts.push(...turn.conflicts)
    for (const [key, record] of turn.records) this.#records.set(key, record)
    for (const [key, state] of turn.clientStates) this.#marks.set(key, state)
    for (const entry of turn.entries) if (entry.external) this.#corrections.set(entry.seq, entry)
    for (const [seq, entry] of turn.corrections) this.#corrections.set(seq, entry)
    for (const [client, proposal] of turn.proposals) {
      if (proposal) this.proposals.set(client, proposal)
      else this.proposals.delete(client)
    }
    this.verdicts.push(...turn.verdicts.map(({ verdict }) => verdict))
  }
}

/** The event with which a proposal comes back from Postgres, whose ledger stands at `seen`. */
export function takenProposal(question: Question | undefined, seen: number): TakenProposal {
  if (!question || 'withdrawn' in question) throw new Error('nothing was taken')
  const { client, n, subject: by, changes, conflicts } = question
  const rows = changes.map((change) => ({ before: {}, after: {}, ...change }))
  return { kind: 'proposal', client, n, by, changes: rows, conflicts, epoch: 'epoch1', seen }
}
