import type { PersistenceState } from '../api/persistence.ts'
import type { Environment } from '../environment/environment.ts'
import type { ShareEars, Sharing } from '../parts/share.ts'
import { pendingPromise } from '../queue/pending-promise.ts'
import type { Disk } from './disk.ts'
import type { Ownership } from './ownership.ts'
import { closeStore, type Opened } from './writer.ts'

export type OpeningParts = {
  readonly disk: Disk
  /** The same without a second place, which only one page of a browser can have open. */
  readonly plain: Disk
  readonly ownership: Ownership
}

/** A store that was opened, or why there is none. */
export type Found = (Opened & { readonly leads: boolean }) | PersistenceState

/** Milliseconds in which a disk has to answer at the start; then the page goes on without it. */
export const OPEN_DEADLINE_MS = 3_000

type Port = {
  readonly setTimer: Environment['setTimer']
  readonly sharing: Sharing | undefined
  readonly fromOthers: ShareEars
  /** A newer version of the page needs the store in another form. */
  readonly superseded: () => void
}

/** Opens the stores of people, one at a time, for a page that has the disk alone or with others. */
export class StoreOpener {
  readonly #parts: OpeningParts
  readonly #port: Port
  /** What is being opened, or was last. */
  #attempt: object | undefined
  #cancelDeadline = () => {}
  #done = () => {}
  #isDone: Promise<void> = Promise.resolve()
  /** Wait until another page has stored something. */
  #hopes: (() => void)[] = []

  constructor(parts: OpeningParts, port: Port) {
    this.#parts = parts
    this.#port = port
  }

  /** Names what is being opened, or was last: another object once something else is. */
  get attempt(): object | undefined {
    return this.#attempt
  }

  /** Resolves once nothing is being opened. */
  async settled(): Promise<void> {
    let isDone: Promise<void> | undefined
    while (isDone !== this.#isDone) {
      isDone = this.#isDone
      await isDone
    }
  }

  /** Opens a person's store, in place of any that is still being opened. */
  open(name: string, settled: (found: Found) => void): void {
    const attempt = {}
    this.#attempt = attempt
    let isOpen = true
    this.#done()
    const { promise, resolve: done } = pendingPromise<void>()
    this.#isDone = promise
    this.#done = done
    const settle = (found: Found) => {
      if (!isOpen || this.#attempt !== attempt) {
        if (typeof found !== 'string') closeStore(found)
        return
      }
      isOpen = false
      this.#cancelDeadline()
      settled(found)
      done()
    }
    this.#cancelDeadline()
    this.#cancelDeadline = this.#port.setTimer(OPEN_DEADLINE_MS, () => settle('unavailable'))
    this.#find(name).then(settle, () => settle('unavailable'))
  }

  /** Nobody waits for a store any more. */
  cancel(): void {
    this.#attempt = undefined
    this.#cancelDeadline()
    this.#done()
  }

  /** Another page has stored something. */
  stored(): void {
    const hopes = this.#hopes
    this.#hopes = []
    for (const run of hopes) run()
  }

  async #find(name: string): Promise<Found> {
    const { disk, plain, ownership } = this.#parts
    const { sharing, fromOthers, superseded } = this.#port
    const release = await ownership.take(name, sharing !== undefined)
    if (!release) return 'elsewhere'
    try {
      const leads = (await sharing?.enter(name, fromOthers)) ?? true
      const store = await (leads ? disk : plain).open(name, superseded)
      let kept = await store.load()
      // Whoever leads begins a new store.
      while (!kept && !leads) {
        await new Promise<void>((resolve) => this.#hopes.push(resolve))
        kept = await store.load()
      }
      return { store, kept, release, leads }
    } catch (thrown) {
      release()
      throw thrown
    }
  }
}
