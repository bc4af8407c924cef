import type { AlertRules, RuleName } from './rules.ts'
import { SHARES, type Shares } from './shares.ts'
import { MARK_EVERY_MS, SHORT_WINDOW_MS } from './windows.ts'

/** Figures that a tenant's object knows of itself, and rules are about. Times are ms since 1970. */
export type TenantFigures = {
  /** What delays its edits, as everybody connected was told; undefined while nothing does. */
  readonly delayed: { readonly cause: 'postgres-away' | 'parked'; readonly since: number } | undefined
  /** When the oldest edit that waits was accepted; undefined while none waits. */
  readonly waitingSince: number | undefined
  /** Records that are set aside, and records with open conflicts. */
  readonly aside: number
  readonly conflicts: number
  readonly shares: Shares
}

/** A share that is not reported again holds for so long, in ms: until its short window is empty. */
export const SHARE_LASTS_MS = SHORT_WINDOW_MS + MARK_EVERY_MS

/** A figure of a tenant that has reached a rule's threshold, as its object tells the registry. */
export type Breach = {
  readonly rule: RuleName
  readonly value: number
  /** Since when, in ms since 1970. */
  readonly since: number
  /** When it is over unless it is reported again, in ms since 1970: an object that sleeps has no more to count. */
  readonly until?: number
}

/** The figures that have reached their thresholds, in the order of the rules. What has begun before goes on. */
export function breachesOf(
  { rules }: AlertRules,
  figures: TenantFigures,
  before: readonly Breach[],
  now: number,
): Breach[] {
  const breaches: Breach[] = []
  // Every turn asks, and almost always there is none.
  for (const [rule, { atLeast }] of rules) {
    const value = figureOf(rule, figures, now)
    if (value === undefined || !(value >= atLeast)) continue
    const since = sinceOf(rule, figures) ?? before.find((breach) => breach.rule === rule)?.since ?? now
    breaches.push({ rule, value, since, ...(isShare(rule) && { until: now + SHARE_LASTS_MS }) })
  }
  return breaches
}

/** A figure as it is; undefined while there is none. */
function figureOf(rule: RuleName, figures: TenantFigures, now: number): number | undefined {
  switch (rule) {
    case 'postgres-away':
    case 'parked':
    case 'drain-lag': {
      const since = sinceOf(rule, figures)
      return since === undefined ? undefined : Math.max(0, now - since)
    }
    case 'set-aside':
      return figures.aside
    case 'conflict-backlog':
      return figures.conflicts
    default:
      return figures.shares[rule]
  }
}

/** Since when a figure is not what it should be, where it says so itself. */
function sinceOf(rule: RuleName, { delayed, waitingSince }: TenantFigures): number | undefined {
  if (rule === 'postgres-away' || rule === 'parked')
    return delayed?.cause === rule ? delayed.since : undefined
  // A lag whose cause is known has an alert of its own.
  return rule === 'drain-lag' && !delayed ? waitingSince : undefined
}

const isShare = (rule: RuleName) => Object.hasOwn(SHARES, rule)

/**
 * Is there something to report? A figure has reached its threshold or left it, or one that ends by itself goes on and
 * would be over soon.
 */
export function isNewsOf(breaches: readonly Breach[], reported: readonly Breach[], now: number): boolean {
  if (breaches.length === 0 && reported.length === 0) return false
  if (namesOf(breaches) !== namesOf(reported)) return true
  return reported.some(({ until }) => until !== undefined && until - now < SHORT_WINDOW_MS)
}

const namesOf = (breaches: readonly Breach[]) => breaches.map(({ rule }) => rule).join()
