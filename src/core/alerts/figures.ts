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
  const sinces = sincesOf(figures)
  const values = valuesOf(figures)
  // Every turn asks, and almost always there is none.
  for (const [rule, { atLeast }] of rules) {
    const since = sinces[rule]
    const value = since === undefined ? values[rule] : Math.max(0, now - since)
    if (value === undefined || !(value >= atLeast)) continue
    const begun = since ?? before.find((breach) => breach.rule === rule)?.since ?? now
    breaches.push({ rule, value, since: begun, ...(isShare(rule) && { until: now + SHARE_LASTS_MS }) })
  }
  return breaches
}

/** The times since which figures are not what they should be, of those that say so themselves. */
function sincesOf({ delayed, waitingSince }: TenantFigures): Partial<Record<RuleName, number>> {
  // A lag whose cause is known has an alert of its own.
  if (delayed) return { [delayed.cause]: delayed.since }
  return waitingSince === undefined ? {} : { 'drain-lag': waitingSince }
}

/** The figures that are numbers and no times, as far as there are any. */
function valuesOf({ aside, conflicts, shares }: TenantFigures): Partial<Record<RuleName, number>> {
  return { ...shares, 'set-aside': aside, 'conflict-backlog': conflicts }
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
