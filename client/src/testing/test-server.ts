import { rightsOf } from '../../../src/core/access/rights.ts'
import { Patterns, readRules, touchedTags } from '../../../src/core/access/tags.ts'
import type { Application, Claims } from '../../../src/core/app/application.ts'
import { attachRecord } from '../../../src/core/app/attached.ts'
import { ABOUT_RECORDS, CONFLICTS } from '../../../src/core/app/built-in.ts'
import { ownerOf } from '../../../src/core/app/owner.ts'
import { readManuscript } from '../../../src/core/edits/read-manuscript.ts'
import type { ExternalRowChange } from '../../../src/core/external/events.ts'
import { withRecords } from '../../../src/core/query/about-records.ts'
import { intervalChanges, recordChanges } from '../../../src/core/query/changes.ts'
import { compareRows } from '../../../src/core/query/compare-rows.ts'
import { viewDelta } from '../../../src/core/query/delta.ts'
import { matches } from '../../../src/core/query/filter.ts'
import { defineView, type Rights, type View, valuesOf } from '../../../src/core/query/view.ts'
import { decodeUp } from '../../../src/protocol/codec/codec.ts'
import type { Part } from '../../../src/protocol/down/rows.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Hello } from '../../../src/protocol/up/hello.ts'
import type { Subscribe } from '../../../src/protocol/up/subscribe.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Registry } from '../../../src/protocol/up/watch.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { SocketListener } from '../environment/socket.ts'
import { aboutSince } from './about-since.ts'
import { MemoryTenant, takenProposal } from './memory-tenant.ts'
import { answerHistory } from './test-history.ts'
import { TestPresence } from './test-presence.ts'
import { Wire } from './wire.ts'

/** A server without storage: the core's decisions, on the engine's own rules, and the protocol's order of frames. */
export class TestServer {
  readonly tenant: MemoryTenant
  readonly wires = new Set<Wire>()
  committed = 0
  readonly #application: Application
  readonly #keepsAbout: boolean
  readonly #presence: TestPresence
  readonly #refusals: { readonly collection: string; readonly message: string }[] = []

  constructor(application: Application, now?: () => number) {
    this.#application = application
    this.#keepsAbout = application.manifest.collections.some(({ name }) => ABOUT_RECORDS.includes(name))
    this.tenant = new MemoryTenant(application, now)
    this.#presence = new TestPresence({
      application,
      tenant: this.tenant,
      claimsOf: (wire) => this.claimsOf(wire),
      rightsOf: (claims) => (collection) => this.rightsOf(claims, collection),
    })
  }

  connect(listener: SocketListener, claims?: Claims): Wire {
    const wire = new Wire(listener, claims)
    this.wires.add(wire)
    return wire
  }

  /** A connection is over. */
  forget(wire: Wire): void {
    this.wires.delete(wire)
    this.#presence.tell()
  }

  /** Answers a question about the past, which comes beside the connection. */
  answerHistory(claims: Claims, text: string): object {
    const { tenant, committed } = this
    return answerHistory({ application: this.#application, tenant, committed }, claims, text)
  }

  /** Takes the next frame a client sent. Returns whether there was one. */
  take(wire: Wire): boolean {
    const text = wire.over ? undefined : wire.up.shift()
    if (text === undefined) return false
    const decoded = decodeUp(text)
    if (!decoded.ok) throw new Error(decoded.error.message)
    this.#handle(wire, decoded.frame)
    return true
  }

  /** Postgres has the edits that it is to have first, and everything up to `seq`, but for what it is to refuse. */
  commit(seq: number): void {
    for (const client of [...this.tenant.proposals.keys()]) this.#settleProposal(client)
    this.#refuseAccepted()
    this.committed = Math.max(this.committed, seq)
    for (const wire of this.wires) if (wire.client !== '') wire.tell(['committed', this.committed])
  }

  /** Postgres refuses the next edit of a collection that gets there, with a sentence. */
  refuseNext(collection: string, message: string): void {
    this.#refusals.push({ collection, message })
  }

  /**
   * Somebody else changes something in Postgres, which has everything of the log by then.
   *
   * @param make says what, as the rows are; throws where that cannot be, and then nothing is changed
   */
  takeExternal(make: () => ExternalRowChange): void {
    make()
    this.commit(this.tenant.head)
    const { epoch, head } = this.tenant
    this.tenant.takeExternal([{ ...make(), epoch, seen: head, by: 'test' }], head)
    this.#publish()
  }

  /** Whether Postgres is to have something. */
  get hasUncommitted(): boolean {
    return this.committed < this.tenant.head || this.tenant.proposals.size > 0
  }

  /** Undoes what was accepted, and is refused now. */
  #refuseAccepted(): void {
    for (const entry of this.tenant.unsent(this.committed)) {
      const message = entry.external || entry.reverts ? undefined : this.#takeRefusal(entry.changes)
      if (message === undefined) continue
      for (const { edit, seq, error } of this.tenant.revert(entry.seq, message))
        this.#wireOf(edit.actor)?.tell(['receipt', [{ is: 'reverted', n: edit.n, seq, error }]])
      this.#publish()
    }
  }

  #takeRefusal(changes: readonly { readonly collection: string }[]): string | undefined {
    const found = this.#refusals.findIndex(({ collection }) =>
      changes.some((change) => change.collection === collection),
    )
    return found < 0 ? undefined : this.#refusals.splice(found, 1)[0]?.message
  }

  /** The living rows of a collection, in the order of their ids. */
  rows(collection: string): Row[] {
    return this.tenant.recordsOf(collection).flatMap(({ row, deleted }) => (deleted ? [] : [row]))
  }

  /** The claims of whoever is at the other end. */
  protected claimsOf({ claims, client }: Wire): Claims {
    if (!claims) throw new Error(`nobody is known at the connection of "${client}"`)
    return claims
  }

  protected rightsOf(claims: Claims, collection: string): Rights {
    return rightsOf(this.#application, claims, collection)
  }

  #settleProposal(client: string): void {
    const { tenant } = this
    const told = tenant.verdicts.length
    // Without a question it was refused before Postgres was asked.
    const question = tenant.question(client)
    const changes = question && 'changes' in question ? question.changes : []
    const message = this.#takeRefusal(changes)
    if (question && message !== undefined) tenant.refuse(question, message)
    else if (question) tenant.takeExternal([takenProposal(question, tenant.head)], tenant.head)
    const author = this.#wireOf(client)
    const verdicts = tenant.verdicts.slice(told)
    if (verdicts.length > 0) author?.tell(['receipt', verdicts])
    this.#publish(author)
  }

  #wireOf(client: string): Wire | undefined {
    return [...this.wires].find((wire) => wire.client === client && !wire.over)
  }

  #handle(wire: Wire, frame: Up): void {
    switch (frame[0]) {
      case 'hello':
        this.#welcome(wire, frame[1])
        break
      case 'push': {
        const claims = this.claimsOf(wire)
        const verdicts = this.tenant.push(wire.client, frame[2], { acknowledged: frame[1], claims })
        if (verdicts.length > 0) wire.tell(['receipt', verdicts])
        this.#publish(wire)
        break
      }
      case 'subscribe':
        this.#answer(wire, frame[1])
        break
      case 'unsubscribe':
        wire.views.delete(frame[1].id)
        break
      case 'watch':
        this.#watch(wire, frame[1])
        break
      case 'unwatch':
        for (const pattern of frame[1]) wire.patterns.delete(pattern)
        break
      case 'presence':
        this.#presence.said(wire, frame[1])
        break
      case 'read-text': {
        const asked = frame[1]
        wire.tell([
          'text',
          asked.id,
          readManuscript(this.#application, this.tenant, this.claimsOf(wire), asked),
        ])
        break
      }
      case 'auth':
      case 'metrics':
      case 'read-ack':
        break
    }
  }

  #welcome(wire: Wire, { client, manifest: held }: Hello): void {
    const { manifest } = this.#application
    const { epoch, head } = this.tenant
    const state = this.tenant.clientState(client)
    wire.client = client
    wire.tell([
      'welcome',
      {
        protocol: PROTOCOL_VERSION,
        session: 's',
        owner: ownerOf(this.claimsOf(wire)),
        epoch,
        seq: head,
        committed: this.committed,
        known: state?.last ?? 0,
        reverts: [...(state?.reverts ?? [])],
        manifestHash: manifest.hash,
        ...(held === undefined && { manifest }),
        expiresAt: 0,
      },
    ])
  }

  #publish(author?: Wire): void {
    this.#presence.tell()
    for (const wire of this.wires) {
      if (wire.over) continue
      this.#invalidate(wire)
      if (wire.cursor === undefined) continue
      if (wire === author || this.#changed(wire, wire.cursor).length > 0) this.#send(wire, wire.cursor)
    }
  }

  #send(wire: Wire, from: number): void {
    wire.tell(['rows', from, this.tenant.head, this.#changed(wire, from)])
    wire.cursor = this.tenant.head
  }

  #changed({ views }: Pick<Wire, 'views'>, from: number): Part[] {
    if (views.size === 0) return []
    const entries = this.tenant.log.slice(from).reverse()
    const nets = intervalChanges(entries, (collection, id) => this.tenant.row(collection, id))
    const changes = this.#keepsAbout ? withRecords(nets, aboutSince(this.tenant, from)) : nets
    return [...views].flatMap(([number, view]) => {
      const part = viewDelta(view, number, changes.get(view.collection.name), () => this.#rowsOf(view))
      return part ? [part] : []
    })
  }

  #answer(wire: Wire, { id, query, resume }: Subscribe): void {
    const read = readQuery(query)
    if ('error' in read) {
      wire.tell(['error', { ...read.error, ref: id }])
      return
    }
    const rights = this.rightsOf(this.claimsOf(wire), read.query.collection)
    const view = defineView(this.#application.manifest, read.query, rights)
    if ('code' in view) {
      wire.tell(['error', { ...view, ref: id }])
      return
    }
    const columns = [...view.columns]
    // What comes to the other views goes before, so that all of them are at one place.
    if (wire.cursor !== undefined && wire.cursor < this.tenant.head) this.#send(wire, wire.cursor)
    wire.tell([
      'view',
      { subscription: id, view: id, columns, resumeToken: 's', ...(resume && { resumed: true }) },
    ])
    wire.views.set(id, view)
    if (resume) {
      // A connection has one place; what this view has missed is told on the way on from there.
      const missed = this.#changed({ views: new Map([[id, view]]) }, resume.seq)
      wire.tell(['rows', wire.cursor ?? resume.seq, this.tenant.head, missed])
      wire.cursor = this.tenant.head
      return
    }
    wire.cursor = this.tenant.head
    const rows = this.#rowsOf(view)
      .slice(0, view.limit)
      .map((row) => valuesOf(view, row))
    const middle = Math.floor(rows.length / 2)
    const page = { view: id, seq: this.tenant.head, total: rows.length }
    wire.tell(
      ['page', { ...page, rows: rows.slice(0, middle), last: false }],
      ['page', { ...page, rows: rows.slice(middle), last: true }],
    )
  }

  /** The rows that meet a view's filter, in its order. */
  #rowsOf({ collection, filter, orderBy }: View): Row[] {
    return this.rows(collection.name)
      .map((row) => (ABOUT_RECORDS.includes(collection.name) ? this.#withRecord(collection.name, row) : row))
      .filter((row) => matches(filter, row))
      .sort(compareRows(orderBy))
  }

  #withRecord(about: string, row: Row): Row {
    const record = this.tenant.record(String(row['collection']), String(row['record']))
    return attachRecord(row, about !== CONFLICTS && record?.deleted ? undefined : record?.row)
  }

  #watch(wire: Wire, { patterns, since }: Registry): void {
    const { epoch, head } = this.tenant
    for (const pattern of patterns) wire.patterns.add(pattern)
    wire.invalidated ??= head
    const tags = since ? this.#touched(wire, since.seq, patterns) : []
    wire.tell(['invalidate', { epoch, seq: head, tags, watched: true }])
    if (tags.length > 0 && this.committed >= head) wire.tell(['committed', this.committed])
  }

  #invalidate(wire: Wire): void {
    const { epoch, head } = this.tenant
    const tags = this.#touched(wire, wire.invalidated ?? head, wire.patterns)
    if (wire.invalidated !== undefined) wire.invalidated = head
    if (tags.length > 0) wire.tell(['invalidate', { epoch, seq: head, tags }])
  }

  /** The tags among some patterns that were touched since a place in the log, as a person may know. */
  #touched(wire: Wire, from: number, patterns: Iterable<string>): string[] {
    const entries = this.tenant.log.slice(from).reverse()
    if (entries.length === 0) return []
    const changes = recordChanges(entries, (collection, id) => this.tenant.row(collection, id))
    const rules = readRules(this.#application, this.claimsOf(wire))
    return new Patterns(patterns).matching(touchedTags(this.#application, changes, rules))
  }
}
