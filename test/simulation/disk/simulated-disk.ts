import { type Disk, DiskFault } from '../../../client/src/disk/disk.ts'
import { LEAVING_MS, type Ownership } from '../../../client/src/disk/ownership.ts'
import type { SecondCopies } from '../../../client/src/disk/second-copy.ts'
import { MemoryCopies } from '../../../client/test/support/memory-copies.ts'
import { MemoryDisk } from '../../../client/test/support/memory-disk.ts'
import type { Clock } from '../world/timeline.ts'
import { type Life, Turns } from './turns.ts'

/** Milliseconds between two looks at a lock that another page has. */
const LOOK_MS = 25

/** The disk as a page has it. */
export type PageDisk = { readonly plain: Disk; readonly copies: SecondCopies; readonly ownership: Ownership }

/**
 * The disk of a simulated browser: a store and a file beside it, each of which does what it is asked in order, and
 * takes its time. Of a page that is killed there is what had been done by then, whether it was told or not.
 */
export class SimulatedDisk {
  readonly #store = new MemoryDisk()
  readonly #files = new MemoryCopies()
  readonly #clock: Clock
  readonly #turns: { readonly store: Turns; readonly files: Turns }
  readonly #locks = new Map<string, { readonly isShared: boolean; readonly pages: Set<Life> }>()
  /** Who has each file open, which one page at a time can. */
  readonly #writers = new Map<string, Life>()
  /** Has a page been told that nothing can be appended? It leaves the file alone from then on. */
  #isGivenUp = false
  /** The numbers of edits that were in the store when it was emptied. */
  readonly #emptied = new Set<number>()

  constructor(clock: Clock, latency: () => number) {
    this.#clock = clock
    this.#turns = { store: new Turns(clock, latency), files: new Turns(clock, latency) }
  }

  /** @param page what was under way for it is lost when it is over */
  of(page: Life): PageDisk {
    const inStore = <Result>(run: () => Promise<Result>) => this.#turns.store.take(page, run)
    const inFiles = <Result>(run: () => Promise<Result>) => this.#turns.files.take(page, run)
    return {
      plain: {
        latest: () => inStore(() => this.#store.latest()),
        remember: (owner) => inStore(() => this.#store.remember(owner)),
        open: async (owner, heard) => {
          const store = await inStore(() => this.#store.open(owner, heard))
          return {
            load: () => inStore(() => store.load()),
            loadEdits: () => inStore(() => store.loadEdits()),
            write: (batch) => inStore(() => store.write(batch)),
            // What was begun before is finished.
            close: () => void inStore(async () => store.close()),
          }
        },
        remove: (owner) => inStore(() => this.#store.remove(owner)),
      },
      copies: {
        open: async (owner) => {
          const file = await inFiles(() => this.#openFile(owner, page))
          this.#isGivenUp = false
          return {
            read: () => inFiles(() => file.read()),
            append: (lines) =>
              inFiles(async () => {
                this.#isGivenUp ||= this.#files.isFull
                await file.append(lines)
              }),
            clear: () => inFiles(() => file.clear()),
            // What was begun before is finished, and then another page may have it.
            close: () => void inFiles(async () => this.#closeFile(owner, page)),
          }
        },
        remove: (owner) => inFiles(() => this.#files.remove(owner)),
      },
      ownership: { take: (owner, isShared) => this.#take(owner, isShared, page) },
    }
  }

  /** Is an edit where a page that has just been told so believes it to be? */
  hasSaved(n: number): boolean {
    const inFile = [...this.#files.files.values()].some((lines) => lines.some((line) => isEdit(line, n)))
    const inStore =
      [...this.#store.contents.values()].some(({ edits }) => edits.has(n)) || this.#emptied.has(n)
    return inStore && (inFile || this.#isGivenUp)
  }

  /** Is an edit in one place at least, which is all that a page promises that follows another one? */
  hasOnce(n: number): boolean {
    const inStore = [...this.#store.contents.values()].some(({ edits }) => edits.has(n))
    return inStore || this.#emptied.has(n)
  }

  /** Is an edit in either of its two places? */
  has(owner: string, client: string, n: number): boolean {
    const content = this.#store.contents.get(owner)
    const isStored = content?.client?.clientId === client && content.edits.has(n)
    const lines = this.#files.files.get(owner) ?? []
    return isStored || lines.some((line) => isEdit(line, n, client))
  }

  hasRefused(owner: string, id: string): boolean {
    return this.#store.contents.get(owner)?.refused.has(id) ?? false
  }

  /** Are there edits without an outcome, whoever's they are? Those of an empty store are in the file. */
  get hasEdits(): boolean {
    const { contents } = this.#store
    const isLeft = ([owner, lines]: [string, string[]]) => !contents.has(owner) && lines.length > 0
    return [...contents.values()].some(({ edits }) => edits.size > 0) || [...this.#files.files].some(isLeft)
  }

  /** The store is empty from one moment to the next, as when a person clears what a site has kept. */
  empty(forgets: boolean): void {
    // A page may be told only now of what was there a moment ago.
    for (const { edits } of this.#store.contents.values()) for (const n of edits.keys()) this.#emptied.add(n)
    this.#store.contents.clear()
    if (forgets) void this.#store.remember(undefined)
  }

  hang(ms: number): void {
    this.#turns.store.hang(ms)
    this.#turns.files.hang(ms)
  }

  /** There is no room for rows for a while, or for anything that is new. */
  fill(ms: number, what: 'rows' | 'all'): void {
    this.#store.fault = ({ edits, views, rows }) => {
      const puts = (rows?.length ?? 0) + (views?.put.length ?? 0)
      const isMore = puts > 0 || (what === 'all' && (edits?.add.length ?? 0) > 0)
      return isMore ? new DiskFault('quota', 'There is no room.') : undefined
    }
    this.#clock.after(ms, () => this.#makeRoom())
  }

  /** Nothing can be appended to files for a while. */
  fillFiles(ms: number): void {
    this.#files.isFull = true
    this.#clock.after(ms, () => {
      this.#files.isFull = false
    })
  }

  heal(): void {
    this.#files.isFull = false
    this.#makeRoom()
  }

  #makeRoom(): void {
    this.#store.fault = () => undefined
  }

  async #openFile(owner: string, page: Life): ReturnType<SecondCopies['open']> {
    const writer = this.#writers.get(owner)
    if (writer && writer !== page && !writer.isOver) throw new Error('Another page has the file open.')
    this.#writers.set(owner, page)
    return this.#files.open(owner)
  }

  async #closeFile(owner: string, page: Life): Promise<void> {
    if (this.#writers.get(owner) === page) this.#writers.delete(owner)
  }

  /** A page that is being left has a moment to give its lock away. */
  #take(owner: string, isShared: boolean, page: Life): Promise<(() => void) | undefined> {
    const until = this.#clock.now + LEAVING_MS
    return new Promise((resolve) => {
      const look = () => {
        if (page.isOver) return
        const held = this.#locks.get(owner)
        const isHeld = [...(held?.pages ?? [])].some(({ isOver }) => !isOver)
        if (!held || !isHeld || (held.isShared && isShared)) {
          const lock = isHeld && held ? held : { isShared, pages: new Set<Life>() }
          lock.pages.add(page)
          this.#locks.set(owner, lock)
          page.reach(() => resolve(() => lock.pages.delete(page)))
        } else if (this.#clock.now >= until) resolve(undefined)
        else this.#clock.after(LOOK_MS, look)
      }
      look()
    })
  }
}

function isEdit(line: string, n: number, client?: string): boolean {
  const { client: whose, edit }: { client?: string; edit?: { n: number } } = JSON.parse(line)
  return edit?.n === n && (client === undefined || whose === client)
}
