import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { PersistenceState, PersistMembers } from '../api/persistence.ts'
import type { Persistence, PersistPort } from '../parts/persist.ts'
import { NOTHING_KEPT, notPersisted } from '../queue/durable.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Owner } from '../queue/people.ts'
import { Bounds, type BoundsOptions } from './bounds.ts'
import type { Disk, Kept } from './disk.ts'
import { Ledger } from './ledger.ts'
import type { Ownership } from './ownership.ts'
import { RefusedEdits } from './refused-edits.ts'
import { entryOf } from './restored-edit.ts'
import { KeptRows } from './shelf.ts'
import { signOut } from './sign-out.ts'
import { closeStore, type Opened, Writer } from './writer.ts'

/** Milliseconds in which a disk has to answer at the start; then the page goes on without it. */
export const OPEN_DEADLINE_MS = 3_000

export type KeeperOptions = BoundsOptions & {
  /** Milliseconds after the end of the last token for which rows may be shown without a connection. */
  readonly graceMs?: number | undefined
}

type Parts = { readonly disk: Disk; readonly ownership: Ownership }

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
  readonly #ownership: Ownership
  readonly #graceMs: number
  readonly #refused: RefusedEdits
  readonly #options: KeeperOptions
  #bounds: Bounds
  #state: PersistenceState = 'opening'
  /** Whose store is open, or is being opened, or cannot be. */
  #owner: Owner | undefined
  #writer: Writer | undefined
  #isStarted = false
  #isKnown = false
  #isOver = false
  #superseded: WireError | undefined
  #waiting: (() => void)[] = []
  /** What was found on disk before the code was there to show it. */
  #found: { readonly owner: Owner; readonly opened: Opened } | undefined
  #isEquipped = false
  /** Ends the deadline of what is being opened. */
  #cancelDeadline = () => {}
  #tokenEndsAt = 0
  #rows: KeptRows | undefined

  constructor(port: PersistPort, { disk, ownership }: Parts, options: KeeperOptions = {}) {
    this.#port = port
    this.#disk = disk
    this.#ownership = ownership
    this.#graceMs = options.graceMs ?? 0
    this.#refused = new RefusedEdits(port)
    this.#options = options
    this.#bounds = new Bounds(options)
    this.members = {
      refused: this.#refused,
      signOut: () =>
        signOut({
          queue: () => this.#port.people.current.queue,
          changes: (run) => this.#onChange(run),
          canKeep: () => this.#writer !== undefined,
          leave: (keepsEdits) => this.#signedOut(keepsEdits),
        }),
    }
    port.replica.noted = (view, id) => this.#writer?.ledger.rowNoted(view, id)
    this.#cancelDeadline = port.environment.setTimer(OPEN_DEADLINE_MS, () => this.#start())
    const start = (latest?: string) => {
      this.#cancelDeadline()
      this.#start(latest)
    }
    disk.latest().then(start, () => start())
  }

  /** @param latest who used the disk last, if anybody is known to have */
  #start(latest?: string): void {
    if (this.#isStarted || this.#isOver) return
    this.#isStarted = true
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
    else if (this.#isStarted && (current.name === undefined || (this.#isKnown && this.#owner === current)))
      run()
    else this.#waiting.push(run)
  }

  forget(): void {
    this.#waiting = []
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
    if (progress.is !== 'failed') return
    const { clientId } = this.#port.people.current
    const { now } = this.#port.environment
    this.#refused.add({ id: `${clientId}:${edit.n}`, edit, error: progress.error, at: now() })
  }

  welcomed(tokenEndsAt: number): void {
    this.#tokenEndsAt = tokenEndsAt
  }

  readonly #ears = new Set<() => void>()

  #onChange(run: () => void): () => void {
    this.#ears.add(run)
    return () => this.#ears.delete(run)
  }

  told(): void {
    if (this.#isOver) return
    for (const ear of [...this.#ears]) ear()
    const { current } = this.#port.people
    if (current.name !== undefined && current !== this.#owner) this.#bind(current)
    if (this.#rows && this.#port.isOffline()) this.#showOffline(this.#rows)
    this.#writer?.writeSoon()
  }

  whyFull(bytes: number): WireError | undefined {
    return this.#bounds.whyFull(this.#port.people.current.queue.size, bytes)
  }

  closed(why: WireError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting = []
    const { ledger } = this.#writer ?? {}
    // Whoever is not let in any more is shown nothing either.
    const last = why.code === 'forbidden' ? ledger?.giveRowsUp() : undefined
    this.#cancelDeadline()
    this.#letFoundGo()
    void this.#writer?.finish([ledger?.takeEdits(), ledger?.takeRest(), last])
  }

  #bind(owner: Owner): void {
    this.#leave()
    this.#owner = owner
    this.#isKnown = false
    this.#state = 'opening'
    owner.queue.durable ??= NOTHING_KEPT
    // Nothing of whoever used the page before is shown, or counted.
    this.#refused.replace([])
    this.#rows = this.#port.replica.subscriptions.shelf = undefined
    this.#bounds = new Bounds(this.#options)
    for (const entry of owner.queue.entries) this.#bounds.editChanged(entry)
    const { setTimer } = this.#port.environment
    let isOpen = true
    const settle = (found: Opened | PersistenceState) => {
      if (!isOpen || this.#owner !== owner || this.#isOver) {
        if (typeof found !== 'string') closeStore(found)
        return
      }
      isOpen = false
      this.#cancelDeadline()
      if (typeof found === 'string') this.#goOnInMemory(found)
      else if (this.#isEquipped) this.#begin(owner, found)
      else this.#found = { owner, opened: found }
    }
    this.#cancelDeadline()
    this.#cancelDeadline = setTimer(OPEN_DEADLINE_MS, () => settle('unavailable'))
    this.#open(owner.name ?? '').then(settle, () => settle('unavailable'))
  }

  async #open(name: string): Promise<Opened | PersistenceState> {
    const release = await this.#ownership.take(name)
    if (!release) return 'elsewhere'
    try {
      const store = await this.#disk.open(name, () => this.#supersede())
      return { store, kept: await store.load(), release }
    } catch (thrown) {
      release()
      throw thrown
    }
  }

  #begin(owner: Owner, opened: Opened): void {
    const { kept } = opened
    const { replica } = this.#port
    // A person who is back in the same page has more in memory than on disk.
    const isOther = kept !== undefined && kept.client.clientId !== owner.clientId
    const wasWelcomed = owner.epoch !== undefined
    const entries = isOther ? kept.edits.map(entryOf) : []
    const isContinued = isOther && !wasWelcomed
    const port = { owner, replica, refused: this.#refused.kept, until: () => this.#rightsEnd }
    this.#refused.replace(kept?.refused ?? [])
    const ledger = new Ledger(port, isContinued ? kept : undefined, entries)
    const { environment, guard, sendable, changed } = this.#port
    const states = {
      degraded: (state: PersistenceState) => {
        this.#state = state
        this.#port.changed()
      },
      failed: () => this.#goOnInMemory('unavailable'),
    }
    this.#writer = new Writer({ environment, guard, sendable, changed, ...states }, owner, opened, ledger)
    if (isOther) {
      owner.clientId = kept.client.clientId
      owner.epoch = kept.client.epoch
      if (isContinued) this.#showKept(kept, ledger)
      owner.queue.restore(kept.client, entries)
    }
    // Should it not be remembered, the server names the person.
    this.#disk.remember(owner.name).catch(() => {})
    this.#state = kept?.lost ? 'lost' : 'kept'
    this.#known()
    // The server was told another client id.
    if (isOther && wasWelcomed) this.#port.reconnect()
    this.#port.changed()
  }

  /** Rows and manifest, so that there is something to read and edit before the first connection. */
  #showKept({ client: { epoch, cursor }, manifest, views }: Kept, ledger: Ledger): void {
    const { subscriptions } = this.#port.replica
    if (epoch === undefined || !manifest) return
    const rows = new KeptRows(views, (until) => this.#mayShow(until))
    this.#rows = rows
    subscriptions.shelf = {
      take: (key) => {
        const taken = rows.take(key)
        if (taken) ledger.isStored(key, taken.held)
        return taken
      },
    }
    subscriptions.restore({ epoch, cursor, manifest })
  }

  #mayShow(until: number): boolean {
    const now = this.#port.environment.now()
    return now < until || (this.#port.isOffline() && now < until + this.#graceMs)
  }

  #showOffline(rows: KeptRows): void {
    const { subscriptions } = this.#port.replica
    const waiting = [...subscriptions.views.values()].filter(
      ({ key, unproven }) => unproven && this.#mayShow(rows.untilOf(key)),
    )
    for (const view of waiting) subscriptions.prove(view)
    if (waiting.length > 0) this.#port.changed()
  }

  /** Until when whoever has rows now has a right to them: a renewed token is known by its living on. */
  get #rightsEnd(): number {
    return Math.max(this.#tokenEndsAt, this.#port.environment.now())
  }

  #known(): void {
    this.#isKnown = true
    this.#runWaiting()
  }

  #runWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }

  /** The disk is of no use: edits go up all the same, and say that they are not saved. */
  #goOnInMemory(state: PersistenceState): void {
    this.#state = state
    this.#leave()
    const queue = this.#owner?.queue
    const why =
      state === 'elsewhere' ? 'Another page of this browser has the disk.' : 'The disk cannot be used.'
    const error = notPersisted(why)
    for (const { outcome } of queue?.entries ?? []) outcome.save(error)
    if (queue) {
      queue.durable = undefined
      queue.whyUnsaved = error
    }
    this.#known()
    this.#port.sendable()
    this.#port.changed()
  }

  #leave(): void {
    const writer = this.#writer
    this.#writer = undefined
    this.#letFoundGo()
    writer?.close()
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

  /** @param keepsEdits what is unsent stays, for when the same person is back */
  async #signedOut(keepsEdits: boolean): Promise<void> {
    const { name } = this.#port.people.current
    const writer = this.#writer
    const last = keepsEdits ? [writer?.ledger.takeEdits(), writer?.ledger.giveRowsUp()] : []
    this.#isOver = true
    this.#waiting = []
    this.#port.close()
    if (this.#state !== 'elsewhere') await this.#disk.remember(undefined)
    await writer?.finish(last)
    // Where another page has the disk, the person is still there.
    if (!keepsEdits && name !== undefined && this.#state !== 'elsewhere') await this.#disk.remove(name)
  }
}
