import { Random } from '../../../dev/harness/random.ts'

/** How often something happens, of 1. */
export type Rates = {
  /** Between two deeds of a client: its link is cut; only the client notices; nobody does. */
  cut: number
  lateCut: number
  halfOpen: number
  /** What is sent to it waits for a while. */
  pause: number
  /** What no WebSocket does by itself: a frame with rows is lost, one comes twice, one overtakes another. */
  lostFrame: number
  repeatedFrame: number
  swappedFrames: number
  /** Between two deeds of anybody: the object crashes, or sleeps. */
  crashBefore: number
  crashAfter: number
  replaced: number
  /** The object loses all that it kept. */
  wiped: number
  sleep: number
  /** The platform forgets to wake the object. */
  lostAlarm: number
  /** The version before is deployed again, or the present one. */
  deploy: number
  /** Of the calls to Postgres: they never arrive, or their answer does not. */
  lostCall: number
  lostAnswer: number
  /** Between two deeds: Postgres goes away for a while; a tenant in it is put back to an earlier state. */
  outage: number
  restored: number
  /** Likewise: the tenant's database is copied into another cluster, or restored there in an earlier state. */
  moved: number
  /** Of the deeds: somebody else writes into Postgres. */
  external: number
  /** Of what others write: in a transaction whose triggers write other rows as well. */
  siblings: number
  /** Likewise: a value that nobody can be shown. */
  poisoned: number
  nudge: number
  compare: number
  /** Between two deeds of a client: its page is loaded anew; it goes offline; its role changes. */
  reload: number
  offline: number
  role: number
  /** Likewise: whoever gives it its tokens gives none for a while. */
  noToken: number
  /** Likewise: another person signs in on the page, or the one before does again. */
  shared: number
  /** Of the texts: so long that windows and pages fill. */
  long: number
  /** Of the edits: Postgres first; refused by Postgres; several records at once. */
  postgresFirst: number
  clash: number
  several: number
  /** Likewise: what was deleted is brought back, or an own edit is taken back. */
  back: number
  /** Of the ids of assignees and cards: at a limit of what may be one, or beyond. */
  odd: number
  /** Between two deeds of a client: it asks for something else. */
  ask: number
  /** Of what it asks for: at a limit of queries, or beyond. */
  limits: number
  /** Of the calls of a listener of the application's: it throws, at once or later. */
  throwing: number
  /** Of the people: they are somewhere, and look who else is. */
  present: number
  /** Of the people: their browser keeps their page on its disk. */
  onDisk: number
  /** Between two deeds of one of them: the page is killed or closed, and opened again. */
  reopened: number
  /** Likewise: the store is emptied under the page; the file beside it is full; so is the store; neither answers. */
  emptied: number
  fileFull: number
  full: number
  hanging: number
  /** Likewise: whoever uses the page signs out. */
  signedOut: number
  /** Of the browsers that keep pages: several are open at once, and share a connection. */
  tabs: number
  /** Between two deeds in one of them: a page is frozen for a while. */
  frozen: number
}

/** What befalls the disk of a browser that keeps pages. */
export const DISK_FAULTS = ['emptied', 'fileFull', 'full', 'hanging', 'signedOut'] as const

/** What befalls a browser that keeps pages. */
export const BROWSER_FAULTS = ['reopened', ...DISK_FAULTS] as const

/** What befalls browsers in which several pages are open. */
export const TAB_FAULTS = ['frozen'] as const

export type BrowserFault = (typeof BROWSER_FAULTS)[number] | (typeof TAB_FAULTS)[number]

/**
 * `safety`: faults to the end, and then time enough for everything. `liveness`: faults stop, except that one
 * client is never heard of again and one reads nothing any more; the others have to come to rest soon.
 */
export type Mode = 'safety' | 'liveness'

export type Plan = {
  readonly seed: number
  readonly mode: Mode
  /** Edits, external writes and new queries, all together. */
  readonly operations: number
  readonly tenants: number
  /** Clients of each tenant. */
  readonly clients: number
  /** Records of each collection that anything is done to: the fewer, the more conflicts. */
  readonly records: number
  readonly latencyMs: readonly [number, number]
  readonly callMs: readonly [number, number]
  /** Milliseconds between two deeds of one client. */
  readonly paceMs: readonly [number, number]
  readonly clockSkewMs: number
  /** Milliseconds for which a token is good. */
  readonly tokenMs: number
  readonly rates: Rates
  /** Which of all that would happen does happen, by place in the script; everything when it is left out. */
  readonly kept?: readonly number[]
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000

/** How many of the plans have long texts. */
const LONG_PLANS = 0.15

/** In how many of them people are somewhere: whoever is seen gives a sign of life every few seconds. */
const PRESENT_PLANS = 0.15

/** In how many of them browsers keep pages on their disks. */
const DISK_PLANS = 0.15

/** Makes seeds for what is drawn of disks, and of tabs. */
const DISK_DRAWS = 0x5eed_d15c
const TAB_DRAWS = 0x5eed_7ab5

/** Highest rates. Each plan leaves about half of these out, and draws the others. */
export const HIGHEST: Rates = {
  cut: 0.03,
  lateCut: 0.05,
  halfOpen: 0.015,
  pause: 0.05,
  lostFrame: 0.02,
  repeatedFrame: 0.02,
  swappedFrames: 0.02,
  crashBefore: 0.02,
  crashAfter: 0.02,
  replaced: 0.02,
  wiped: 0.008,
  sleep: 0.05,
  lostAlarm: 0.02,
  deploy: 0.01,
  lostCall: 0.2,
  lostAnswer: 0.2,
  outage: 0.004,
  restored: 0.008,
  moved: 0.006,
  external: 0.3,
  siblings: 0.5,
  poisoned: 0.5,
  nudge: 0.5,
  compare: 0.4,
  reload: 0.01,
  offline: 0.03,
  role: 0.02,
  noToken: 0.06,
  shared: 0.03,
  long: 0.5,
  postgresFirst: 0.2,
  clash: 0.15,
  several: 0.3,
  back: 0.5,
  odd: 0.1,
  ask: 0.1,
  limits: 0.4,
  throwing: 0.3,
  present: 0.8,
  onDisk: 0.7,
  reopened: 0.08,
  emptied: 0.02,
  fileFull: 0.02,
  full: 0.02,
  hanging: 0.02,
  signedOut: 0.02,
  tabs: 0.7,
  frozen: 0.04,
}

/** They are drawn apart, so that every seed keeps the rest of its plan. */
const APART: readonly string[] = ['present', 'onDisk', ...BROWSER_FAULTS, 'tabs', ...TAB_FAULTS]

// The keys of the literal above, all of which `Rates` has.
export const RATE_NAMES = Object.keys(HIGHEST) as (keyof Rates)[]

/** What a seed stands for: which features and faults there are, and how many of everything. */
export function drawPlan(seed: number, operations: number): Plan {
  const random = new Random(seed)
  const rates = Object.fromEntries(
    Object.entries(HIGHEST)
      .filter(([name]) => !APART.includes(name))
      .map(([name, highest]) => [name, random.chance(0.5) ? 0 : random.next() * highest]),
  )
  const latest = random.pick([2, 20, 200, 1_500])
  return {
    seed,
    mode: random.chance(0.5) ? 'safety' : 'liveness',
    operations,
    tenants: random.whole(1, 3),
    clients: random.whole(2, 6),
    records: random.whole(2, 6),
    latencyMs: [1, latest],
    callMs: [1, random.pick([3, 30, 300])],
    paceMs: [1, random.pick([20, 200, 2_000])],
    clockSkewMs: random.chance(0.3) ? TEN_YEARS_MS : 0,
    tokenMs: random.pick([25_000, 65_000, 200_000, 900_000]),
    rates: {
      ...HIGHEST,
      ...rates,
      // Long texts take their time, so few plans have them.
      ...(!random.chance(LONG_PLANS) && { long: 0 }),
      // What both the object and Postgres lose is lost.
      ...(random.chance(0.5) ? { wiped: 0 } : { restored: 0 }),
      present: new Random(seed).chance(PRESENT_PLANS) ? HIGHEST.present : 0,
      ...drawDisks(seed),
      // Only plans that are asked for tabs have them.
      tabs: 0,
      frozen: 0,
    },
  }
}

/** The plan with features and faults that it has in any case, as often as they may be. */
export function alwaysWith(plan: Plan, names: ReadonlySet<keyof Rates>): Plan {
  const rates = { ...plan.rates }
  // What both the object and Postgres lose is lost.
  if (names.has('wiped')) rates.restored = 0
  for (const name of names) rates[name] = HIGHEST[name]
  return { ...plan, rates }
}

/** Draws for a seed what is drawn of disks, and of nothing else. */
export function diskDraws(seed: number): Random {
  return new Random(seed ^ DISK_DRAWS)
}

/** The same for tabs. */
export function tabDraws(seed: number): Random {
  return new Random(seed ^ TAB_DRAWS)
}

function drawDisks(seed: number): Pick<Rates, 'onDisk' | (typeof BROWSER_FAULTS)[number]> {
  const random = diskDraws(seed)
  const areKept = random.chance(DISK_PLANS)
  const rate = (name: (typeof DISK_FAULTS)[number]) =>
    areKept && random.chance(0.5) ? random.next() * HIGHEST[name] : 0
  return {
    onDisk: areKept ? HIGHEST.onDisk : 0,
    reopened: areKept ? HIGHEST.reopened : 0,
    emptied: rate('emptied'),
    fileFull: rate('fileFull'),
    full: rate('full'),
    hanging: rate('hanging'),
    signedOut: rate('signedOut'),
  }
}
