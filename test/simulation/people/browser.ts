import type { Disk } from '../../../client/src/disk/disk.ts'
import { Keeper } from '../../../client/src/disk/keeper.ts'
import { inTwoPlaces } from '../../../client/src/disk/two-places.ts'
import type { Persist } from '../../../client/src/parts/persist.ts'
import { memory } from '../../../client/src/replica/memory.ts'
import { Random } from '../../../dev/harness/random.ts'
import type { Plan } from '../campaign/plan.ts'
import type { Asked } from '../campaign/shapes.ts'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import { judgeAfterReload } from '../judge/after-reload.ts'
import type { InPostgres } from '../judge/client-checker.ts'
import type { History } from '../judge/history.ts'
import type { Judge } from '../judge/judge.ts'
import { SavedEdits } from '../judge/saved-edits.ts'
import { Holdings } from '../postgres-model/mirror.ts'
import type { Clock } from '../world/timeline.ts'
import type { Role } from '../world/tokens.ts'
import type { DiskTrouble, Page, PageBrowser } from './page-browser.ts'
import type { Person } from './person.ts'
import { Tabs } from './tabs.ts'
import { Users } from './users.ts'

/** Milliseconds after the end of a token for which rows are shown without a connection: for good, here. */
const GRACE_MS = 24 * 3_600_000

/** Milliseconds for which a disk is full, or does not answer; some pages have given it up by then. */
const FULL_MS = [1_000, 60_000] as const
const HANGS_MS = [100, 8_000] as const

/** Places that are remembered of what was told, where a page goes on that was frozen while others were told more. */
const PLACES_OF_TABS = 1_000

/** Pages that are open at once in a browser with several. */
const TABS = [2, 5] as const

/** Makes what is drawn of tabs something of its own. */
const TAB_DRAWS = 0x7ab5

/** What a browser is in the world with. */
export type BrowserPort = {
  /** The role that whoever uses it is given at first. */
  readonly role: Role
  readonly plan: Plan
  readonly timeline: Clock
  readonly random: Random
  readonly history: () => History
  readonly inPostgres: () => InPostgres
  readonly judge: Judge
}

/** The browser of a page, if it is one that keeps pages: drawn by a name, so that all else that is drawn stays as it is. */
export function drawBrowser(
  name: string,
  subject: string,
  port: Omit<BrowserPort, 'random'>,
): PageBrowser | undefined {
  const { seed, rates } = port.plan
  const drawn = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), seed)
  const random = new Random(drawn)
  if (!random.chance(rates.onDisk)) return undefined
  return new Browser(subject, { ...port, random }, drawTabs(new Random(drawn ^ TAB_DRAWS), port))
}

function drawTabs(random: Random, { plan, timeline, role }: Omit<BrowserPort, 'random'>): Tabs | undefined {
  if (!random.chance(plan.rates.tabs)) return undefined
  const [most, latest] = [random.whole(...TABS), random.pick([1, 5, 100])]
  return new Tabs({ clock: timeline, latency: () => random.whole(0, latest), most, role })
}

/** Somebody's browser: its disk, the people who use it, and the pages that are opened in it one after the other. */
export class Browser implements PageBrowser {
  readonly users: Users
  readonly held: Holdings
  readonly tabs: Tabs | undefined
  readonly saved: SavedEdits
  shownBefore: readonly Asked[] = []
  offlineUntil = 0
  readonly #port: BrowserPort
  readonly #disk: SimulatedDisk
  /** Whoever has used the page has signed out. */
  #isRemoved = false

  constructor(subject: string, port: BrowserPort, tabs?: Tabs) {
    const { plan, timeline, random, history, inPostgres, judge } = port
    this.tabs = tabs
    this.held = new Holdings(tabs && PLACES_OF_TABS)
    this.users = new Users(subject, () => {
      this.held.isMixed = true
    })
    this.#port = port
    const latest = random.pick([2, 20, 300])
    this.#disk = new SimulatedDisk(timeline, () => random.whole(1, latest))
    const { wiped, restored, moved } = plan.rates
    const places = {
      isSure: wiped + restored + moved === 0,
      inPostgres,
      has: ({ owner, client, n }: { owner: string; client: string; n: number }) =>
        this.#disk.has(owner, client, n),
      hasRefused: ({ owner, client, n }: { owner: string; client: string; n: number }) =>
        this.#disk.hasRefused(owner, `${client}:${n}`),
    }
    this.saved = new SavedEdits(places, history, judge)
  }

  persist(page: Page): Persist {
    const { plain, copies, ownership } = this.#disk.of(page)
    this.#isRemoved = false
    const disk = this.#watched(page, inTwoPlaces(plain, copies))
    return { memory, join: (port) => new Keeper(port, { disk, plain, ownership }, { graceMs: GRACE_MS }) }
  }

  wasSaved(n: number): void {
    // What is deleted may have been written a moment before.
    if (this.#isRemoved) return
    this.#port.judge.check('G15', this.#hasSaved(n), () => `edit ${n} is said to be saved, and is not`)
  }

  /** A page that follows another has one place, from which what has come to an outcome may be gone before it is told. */
  #hasSaved(n: number): boolean {
    if (!this.tabs) return this.#disk.hasSaved(n)
    const isOver = [...this.saved.clients.values()].some((client) => this.saved.hasOutcome(client, n))
    return isOver || this.#disk.hasOnce(n)
  }

  /** What a page has found is in two places from then on. */
  #checkTwice(n: number): void {
    if (this.#isRemoved || this.tabs) return
    this.#port.judge.check('G15', this.#disk.hasSaved(n), () => `edit ${n} was found, and is in one place`)
  }

  befall(what: DiskTrouble, random: Random): void {
    const course: Record<typeof what, () => void> = {
      emptied: () => this.#disk.empty(random.chance(0.5)),
      fileFull: () => this.#disk.fillFiles(random.whole(...FULL_MS)),
      full: () => this.#disk.fill(random.whole(...FULL_MS), random.chance(0.5) ? 'rows' : 'all'),
      hanging: () => this.#disk.hang(random.whole(...HANGS_MS)),
    }
    course[what]()
    this.saved.struck(what)
  }

  judgeReopened(person: Person): void {
    const history = this.#port.history()
    // Nobody is shown what somebody else has saved, another log has an order of its own, and what another page has just
    // saved comes over its connection.
    if (this.tabs || this.users.isShared || this.saved.wasEmptied || this.saved.epoch !== history.epoch)
      return
    judgeAfterReload(person, this, history, this.#port.judge)
  }

  heal(): void {
    this.offlineUntil = 0
    this.#disk.heal()
  }

  get hasEdits(): boolean {
    return this.#disk.hasEdits
  }

  finished(): void {
    this.saved.finished()
  }

  #watched(page: Page, disk: Disk): Disk {
    return {
      latest: async () => {
        const latest = await disk.latest()
        this.users.opened(latest)
        return latest
      },
      remember: (owner) => disk.remember(owner),
      open: async (owner, heard) => {
        const store = await disk.open(owner, heard)
        return {
          load: async () => {
            const kept = await store.load()
            for (const view of kept?.views ?? []) this.#checkView(view)
            // What is left of a lost store is written to a new one.
            if (!kept?.lost) for (const { edit } of kept?.edits ?? []) this.#checkTwice(edit.n)
            this.saved.found(owner, kept?.client.clientId)
            return kept
          },
          loadEdits: () => store.loadEdits(),
          write: async (batch) => {
            await store.write(batch)
            this.saved.stored(owner, batch)
          },
          close: () => store.close(),
        }
      },
      remove: async (owner) => {
        this.saved.removed(owner, page.mayDiscard)
        this.#isRemoved = true
        await disk.remove(owner)
        this.saved.removed(owner, page.mayDiscard)
      },
    }
  }

  /** Rows and the place that they are of were written together. */
  #checkView({ key, base, rows }: KeptRows): void {
    const byId = new Map(rows.map((row) => [String(row['id']), row]))
    const name = key.slice(0, key.lastIndexOf(' '))
    const fits = this.held.fits(name, { ...base, rows: byId })
    const told = () => `the disk has ${JSON.stringify(rows)} as of ${base.seq} of ${name}`
    this.#port.judge.check('G7', fits, told)
  }
}

type KeptRows = NonNullable<Awaited<ReturnType<Awaited<ReturnType<Disk['open']>>['load']>>>['views'][number]
