import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { PersistenceState, PersistMembers } from '../api/persistence.ts'
import type { Persistence, PersistPort } from '../parts/persist.ts'
import type { ShareEars } from '../parts/share.ts'
import { NOTHING_KEPT, notPersisted } from '../queue/durable.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import { pendingPromise } from '../queue/pending-promise.ts'
import type { Owner } from '../queue/people.ts'
import { adoptAgain, carriedOn } from './adopt.ts'
import { Bounds, type BoundsOptions } from './bounds.ts'
import type { Disk, KeptRefusal } from './disk.ts'
import { EarlierRows } from './earlier-rows.ts'
import { Ledger } from './ledger.ts'
import { OPEN_DEADLINE_MS, type OpeningParts, StoreOpener } from './open-store.ts'
import { RefusedEdits } from './refused-edits.ts'
import { signOut } from './sign-out.ts'
import { closeStore, type Opened, Writer } from './writer.ts'

export type KeeperOptions = BoundsOptions & {
  /** Milliseconds after the end of the last token for which rows may be shown without a connection. */
  readonly graceMs?: number | undefined
}

/**
 * Keeps a client on disk: finds at its start what there is of whoever used it last, and writes what changes.
 *
 *   opening --the store is found, or is new--> bound --cannot be written--> in memory
 *      |  ^                                      |
 *      |  +-------- somebody else signs in ------+
 *      +--- another page has it, or it does not answer in time -----------> in memory
 *
 * - Nothing is said to a server as somebody before it is known what the disk has of them.
 * - An edit goes up once it is saved. A verdict is acknowledged once it is.
 * - Whatever fails, the page goes on.
 */
export class Keeper implements Persistence {
  readonly members: PersistMembers
  readonly #port: PersistPort
  readonly #disk: Disk
  readonly #opener: StoreOpener
  readonly #earlier: EarlierRows
  readonly #refused: RefusedEdits
  readonly #options: KeeperOptions
  #bounds: Bounds
  #state: PersistenceState = 'opening'
  /** Whose store is open, or is being opened, or cannot be. */
  #owner: Owner | undefined
  #writer: Writer | undefined
  /** Of pages that share a disk one writes all that changes, and the others their edits. */
  #leads = true
  /** The client id is one that other pages use as well. */
  #isShared = false
  readonly #ears = new Set<() => void>()
  #isStarted = false
  readonly #started = pendingPromise<void>()
  #isKnown = false
  #isOver = false
  #superseded: WireError | undefined
  #waiting: (() => void)[] = []
  /** What was found on disk before the code was there to show it. */
  #found: { readonly owner: Owner; readonly opened: Opened } | undefined
  #isEquipped = false

  constructor(port: PersistPort, parts: OpeningParts, options: KeeperOptions = {}) {
    this.#port = port
    this.#disk = parts.disk
    this.#opener = new StoreOpener(parts, {
      setTimer: port.environment.setTimer,
      sharing: port.sharing,
      fromOthers: this.#fromOthers,
      superseded: () => this.#supersede(),
    })
    this.#earlier = new EarlierRows(port, options.graceMs ?? 0)
    this.#refused = new RefusedEdits(port)
    this.#options = options
    this.#bounds = new Bounds(options)
    this.members = {
      refused: this.#refused,
      signOut: () =>
        signOut({
          client: port,
          disk: this.#disk,
          state: () => this.#state,
          writer: () => this.#writer,
          settled: () => this.#started.promise.then(() => this.#opener.settled()),
          isOver: () => this.#isOver,
          ears: this.#ears,
          end: () => this.#end(),
          finish: (batches) => this.#finish(batches),
        }),
    }
    port.replica.noted = (view, id) => this.#writer?.ledger.rowNoted(view, id)
    const cancelDeadline = port.environment.setTimer(OPEN_DEADLINE_MS, () => this.#start())
    const start = (latest?: string) => {
      cancelDeadline()
      this.#start(latest)
    }
    this.#disk.latest().then(start, () => start())
  }

  /** @param latest who used the disk last, if anybody is known to have */
  #start(latest?: string): void {
    if (this.#isStarted || this.#isOver) return
    this.#isStarted = true
    this.#started.resolve()
    const { current } = this.#port.people
    if (latest === undefined) this.#runWaiting()
    else {
      current.name = latest
      this.#bind(current)
    }
  }

  get state(): PersistenceState {
    return this.#state
  }

  whenKnown(run: () => void): void {
    const { current } = this.#port.people
    if (this.#superseded) this.#port.supersede(this.#superseded)
    // Nobody has a name yet, so there is nothing to know of them.
    else if (this.#isStarted && current.name === undefined) run()
    else {
      this.#waiting.push(run)
      if (this.#isStarted && this.#isKnown && this.#owner === current) this.#whenUpToDate()
    }
  }

  forget(): void {
    this.#waiting = []
  }

  /** Other pages may have stored what this one has not heard of. */
  #whenUpToDate(): void {
    if (!this.#isShared || !this.#writer) this.#runWaiting()
    else
      void this.#writer.look().then(() => {
        if (this.#isKnown) this.#runWaiting()
      })
  }

  equipped(): void {
    this.#isEquipped = true
    const found = this.#found
    this.#found = undefined
    if (found) this.#begin(found.owner, found.opened)
  }

  editChanged(entry: PendingEdit): void {
    if (this.#isOver) return
    this.#bounds.editChanged(entry)
    this.#writer?.ledger.editChanged(entry)
    const { edit, progress } = entry
    // What others send may still take effect.
    if (progress.is !== 'failed' || progress.error.code === 'not-saved') return
    const { clientId } = this.#port.people.current
    const { now } = this.#port.environment
    this.#refused.add({ id: `${clientId}:${edit.n}`, edit, error: progress.error, at: now() })
  }

  welcomed(tokenEndsAt: number): void {
    this.#earlier.tokenEndsAt = tokenEndsAt
  }

  told(): void {
    if (this.#isOver) return
    for (const ear of [...this.#ears]) ear()
    const { current } = this.#port.people
    if (current.name !== undefined && current !== this.#owner) this.#bind(current)
    const { durable, unsettled } = current.queue
    if (this.#state === 'unavailable' && !this.#superseded && durable && unsettled > durable.saved) {
      current.queue.durable = undefined
      this.#port.people.drawAnew()
      this.#port.reconnect()
    }
    this.#earlier.told()
    if (this.#port.isLive()) current.unseen = undefined
    this.#writer?.writeSoon()
  }

  whyFull(bytes: number): WireError | undefined {
    return this.#bounds.whyFull(this.#port.people.current.queue.size, bytes)
  }

  closed(why: WireError): void {
    if (this.#isOver) return
    this.#end()
    const { ledger } = this.#writer ?? {}
    // Whoever is not let in any more is shown nothing either.
    const last = why.code === 'forbidden' || why.code === 'revoked' ? ledger?.giveRowsUp() : undefined
    this.#letFoundGo()
    const edits = ledger?.takeEdits()
    void this.#finish([edits, this.#leads ? ledger?.takeRest() : ledger?.takeRefusals(), last])
  }

  #end(): void {
    this.#isOver = true
    this.#started.resolve()
    this.#waiting = []
    this.#opener.cancel()
  }

  async #finish(batches: Parameters<Writer['finish']>[0]): Promise<void> {
    await this.#writer?.finish(batches)
    this.#port.sharing?.leave()
  }

  #bind(owner: Owner): void {
    this.#leave()
    this.#owner = owner
    this.#isShared = false
    this.#state = 'opening'
    const { failed: _, ...durable } = owner.queue.durable ?? NOTHING_KEPT
    owner.queue.durable = durable
    // Nothing of whoever used the page before is shown, or counted.
    this.#refused.replace([])
    this.#earlier.forget()
    this.#bounds = new Bounds(this.#options)
    for (const entry of owner.queue.entries) this.#bounds.editChanged(entry)
    this.#openFor(owner)
  }

  #openFor(owner: Owner): void {
    this.#isKnown = false
    this.#opener.open(owner.name ?? '', (found) => {
      this.#leads = typeof found === 'string' || found.leads
      if (typeof found === 'string') this.#goOnInMemory(found)
      else if (this.#isEquipped) this.#begin(owner, found)
      else this.#found = { owner, opened: found }
    })
  }

  readonly #fromOthers: ShareEars = {
    role: (leads) => void this.#turn(leads),
    gone: () => void this.#writer?.look(),
    told: (news) => {
      if (news === 'signed-out') {
        this.#end()
        this.#leave()
        this.#port.close()
        return
      }
      this.#opener.stored()
      void this.#writer?.look()
    },
  }

  /** Another page has gone, so that this one leads; or this one was given up by another. The store is opened anew. */
  async #turn(leads: boolean): Promise<void> {
    const { attempt } = this.#opener
    const owner = this.#owner
    this.#leads = leads
    this.#isKnown = false
    await this.#writer?.stop()
    if (!owner || this.#opener.attempt !== attempt || this.#isOver) return
    this.#leave()
    this.#openFor(owner)
  }

  #begin(owner: Owner, opened: Opened): void {
    const { kept } = opened
    const { replica } = this.#port
    // A person who is back in the same page has more in memory than on disk.
    const isOther = kept !== undefined && kept.client.clientId !== owner.clientId
    const wasWelcomed = owner.epoch !== undefined
    const isShared = this.#port.sharing !== undefined
    const entries = isOther ? carriedOn(owner, kept) : isShared ? adoptAgain(owner, kept) : []
    const isContinued = isOther && !wasWelcomed
    const port = { owner, replica, refused: this.#refused.kept, until: () => this.#earlier.rightsEnd }
    this.#refused.replace(kept?.refused ?? [])
    // What other pages have stored is not to be written anew without them.
    const ledger = new Ledger(port, isContinued || isShared ? kept : undefined, entries)
    const states = {
      degraded: (state: PersistenceState) => {
        this.#state = state
        this.#port.changed()
      },
      failed: () => this.#goOnInMemory('unavailable'),
      leads: () => this.#leads,
      stored: () => this.#port.sharing?.tell('stored'),
      renamed: () => this.#bind(owner),
      refused: (refusals: readonly KeptRefusal[]) => this.#refused.replace(refusals),
      head: () => replica.subscriptions.cursor ?? 0,
    }
    this.#isShared = isShared
    this.#writer = new Writer({ ...this.#port, ...states }, owner, opened, ledger)
    if (isOther) {
      owner.clientId = kept.client.clientId
      owner.epoch = kept.client.epoch
      if (isContinued) this.#earlier.show(kept, ledger)
      owner.queue.restore(kept.client, entries, this.#leads)
      if (isShared) owner.unseen = { first: 1, last: kept.client.last }
    }
    // Should it not be remembered, the server names the person.
    this.#disk.remember(owner.name).catch(() => {})
    this.#state = kept?.lost ? 'lost' : 'kept'
    this.#isKnown = true
    this.#whenUpToDate()
    // The server was told another client id.
    if (isOther && wasWelcomed) this.#port.reconnect()
    this.#port.changed()
  }

  #runWaiting(): void {
    for (const run of this.#waiting.splice(0)) run()
  }

  /** The disk is of no use: edits go up all the same, and say that they are not saved. */
  #goOnInMemory(state: PersistenceState): void {
    this.#state = state
    const queue = this.#owner?.queue
    const hasNumbers = !this.#isShared && (!!this.#writer || (queue?.durable?.saved ?? 0) > 0)
    this.#leave()
    const why =
      state === 'elsewhere' ? 'Another page of this browser has the disk.' : 'The disk cannot be used.'
    const error = notPersisted(why)
    this.#port.sharing?.leave()
    if (this.#isShared) this.#port.people.part(error)
    for (const { outcome } of queue?.entries ?? []) outcome.save(error)
    if (queue) {
      queue.durable = hasNumbers ? { ...NOTHING_KEPT, ...queue.durable, failed: true } : undefined
      queue.whyUnsaved = error
    }
    this.#isKnown = true
    this.#runWaiting()
    if (this.#isShared) this.#port.reconnect()
    this.#isShared = false
    this.#port.sendable()
    this.#port.changed()
  }

  #leave(): void {
    this.#writer?.close()
    this.#writer = undefined
    this.#letFoundGo()
  }

  #letFoundGo(): void {
    if (this.#found) closeStore(this.#found.opened)
    this.#found = undefined
  }

  #supersede(): void {
    const error = wireError('version-unsupported', 'The application has to be reloaded.')
    this.#superseded = error
    this.#goOnInMemory('unavailable')
    this.#port.supersede(error)
  }
}
