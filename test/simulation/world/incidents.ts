import type { Random } from '../../../dev/harness/random.ts'
import { DISK_FAULTS, type Plan } from '../campaign/plan.ts'
import type { Deed, Incident } from '../campaign/script.ts'
import type { Fault } from '../judge/coverage.ts'
import { writeExternal } from '../people/external-writes.ts'
import type { Postgres } from '../postgres-model/postgres-port.ts'
import type { TenantDatabase } from '../postgres-model/simulated-database.ts'
import type { SimulatedTenant } from './tenant.ts'

const OUTAGE_MS = [100, 60_000] as const
const RESTORE_MS = [100, 20_000] as const

/** They strike when the object does something, when a frame comes by, or when their time has come; or they strike disks. */
export const STRIKES_LATER: readonly (Deed | Incident)[] = [
  'crashBefore',
  'crashAfter',
  'sleep',
  'restored',
  'moved',
  'lostFrame',
  'repeatedFrame',
  'swappedFrames',
  ...DISK_FAULTS,
]

/** A tenant, what is behind it, and who keeps count of what struck it. */
type Scene = {
  readonly tenant: SimulatedTenant
  readonly database: TenantDatabase
  readonly postgres: Postgres
  readonly plan: Plan
  strike(fault: Fault): void
  /** Puts the tenant back in Postgres, some time from now, to what is there at present. */
  restoreLater(ms: number, how: 'restored' | 'moved'): void
}

/** Something befalls a tenant, its object, or Postgres. */
export function befall(scene: Scene, what: Incident, random: Random): void {
  const { tenant, database, postgres, plan, strike, restoreLater } = scene
  const course: Record<Incident, () => void> = {
    external: () => writeExternal(database, random, plan),
    nudge: () => tenant.nudge(false),
    compare: () => tenant.nudge(true),
    crashBefore: () => tenant.crashNext('before commit'),
    crashAfter: () => tenant.crashNext('after commit'),
    replaced: () => tenant.crash(),
    wiped: () => tenant.wipe(),
    sleep: () => {
      if (tenant.sleep()) strike('sleep')
    },
    lostAlarm: () => tenant.loseAlarm(),
    deploy: () => tenant.deploy(),
    outage: () => postgres.goAway(random.whole(...OUTAGE_MS)),
    restored: () => restoreLater(random.whole(...RESTORE_MS), 'restored'),
    moved: () => {
      // What both the object and Postgres lose is lost.
      if (plan.rates.wiped === 0 && random.chance(0.5)) restoreLater(random.whole(...RESTORE_MS), 'moved')
      else {
        strike('moved')
        database.moveElsewhere()
      }
    },
  }
  if (!STRIKES_LATER.includes(what)) strike(what)
  course[what]()
}
