import type { AlertRules, RuleName } from './rules.ts'

/** Figures that a tenant's object knows of itself, and rules are about. Times are ms since 1970. */
export type TenantFigures = {
  /** What delays its edits, as everybody connected was told; undefined while nothing does. */
  readonly delayed: { readonly cause: 'postgres-away' | 'parked'; readonly since: number } | undefined
  /** When the oldest edit that waits was accepted; undefined while none waits. */
  readonly waitingSince: number | undefined
  /** Records that are set aside, and records with open conflicts. */
  readonly aside: number
  readonly conflicts: number
}

/** A figure of a tenant that has reached a rule's threshold, as its object tells the registry. */
export type Breach = {
  readonly rule: RuleName
  readonly value: number
  /** Since when, in ms since 1970. */
  readonly since: number
}

/** The figures that have reached their thresholds, in the order of the rules. What has begun before goes on. */
export function breachesOf(
  { rules }: AlertRules,
  figures: TenantFigures,
  before: readonly Breach[],
  now: number,
): Breach[] {
  return [...rules].flatMap(([rule, { atLeast }]) => {
    const { value, since } = figureOf(rule, figures, now)
    if (value === undefined || value < atLeast) return []
    return [{ rule, value, since: since ?? before.find((breach) => breach.rule === rule)?.since ?? now }]
  })
}

/** A figure, undefined while there is none, and since when it is not what it should be, where that is known. */
type FigureValue = { readonly value: number | undefined; readonly since?: number }

const NONE: FigureValue = { value: undefined }

function figureOf(rule: RuleName, figures: TenantFigures, now: number): FigureValue {
  const { delayed, waitingSince, aside, conflicts } = figures
  switch (rule) {
    case 'postgres-away':
    case 'parked':
      return delayed?.cause === rule ? lasting(delayed.since, now) : NONE
    case 'drain-lag':
      // A lag whose cause is known has an alert of its own.
      return delayed || waitingSince === undefined ? NONE : lasting(waitingSince, now)
    case 'set-aside':
      return { value: aside }
    case 'conflict-backlog':
      return { value: conflicts }
  }
}

const lasting = (since: number, now: number): FigureValue => ({ value: Math.max(0, now - since), since })
