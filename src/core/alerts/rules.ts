/** Hours and minutes in ms, for thresholds. */
const MINUTE_MS = 60_000

/** A rule as it is declared: what its figure means, and what it is unless an application says otherwise. */
type Declared = {
  /** The whole deployment, with one alert however many tenants it concerns; or each tenant by itself. */
  readonly about: 'deployment' | 'tenant'
  /** What the figure is counted in. */
  readonly unit: 'ms' | 'records' | 'share' | 'per hour'
  /** It fires while the figure is at least this. */
  readonly atLeast: number
  /** It resolves once the figure has been below for so many ms, so that what flutters is one alert. */
  readonly coolDownMs: number
  /** What is wrong while it fires, as a sentence. */
  readonly summary: string
}

/**
 * The rules, by the names that alerts, log lines and the pages of the runbook have. What `postgres-away` and `parked`
 * tell of is one database's, so they are one alert for all tenants.
 */
export const RULES = {
  'postgres-away': {
    about: 'deployment',
    unit: 'ms',
    atLeast: 3_000,
    coolDownMs: 10_000,
    summary: 'Postgres does not answer; edits are accepted and wait.',
  },
  parked: {
    about: 'deployment',
    unit: 'ms',
    atLeast: 0,
    coolDownMs: 10_000,
    summary: 'Postgres refuses what waits until somebody mends its schema or the access to it.',
  },
  'drain-lag': {
    about: 'tenant',
    unit: 'ms',
    atLeast: MINUTE_MS,
    coolDownMs: MINUTE_MS,
    summary: 'Postgres answers, and edits still wait for it too long.',
  },
  'set-aside': {
    about: 'tenant',
    unit: 'records',
    atLeast: 1,
    coolDownMs: MINUTE_MS,
    summary: 'Postgres holds records that nobody can be shown.',
  },
  'conflict-backlog': {
    about: 'tenant',
    unit: 'records',
    atLeast: 100,
    coolDownMs: 10 * MINUTE_MS,
    summary: 'Many records have conflicts that nobody has resolved.',
  },
  'delivery-slow': {
    about: 'deployment',
    unit: 'share',
    atLeast: 0.01,
    coolDownMs: 10 * MINUTE_MS,
    summary: 'Other people see edits too late, measured in their pages.',
  },
  'error-rate': {
    about: 'deployment',
    unit: 'share',
    atLeast: 0.05,
    coolDownMs: 10 * MINUTE_MS,
    summary: 'Many edits are refused, or accepted and taken back.',
  },
  'denied-requests': {
    about: 'tenant',
    unit: 'share',
    atLeast: 0.2,
    coolDownMs: 10 * MINUTE_MS,
    summary: 'Many edits are refused because their authors may not make them.',
  },
  'resync-rate': {
    about: 'deployment',
    unit: 'per hour',
    atLeast: 4,
    coolDownMs: 10 * MINUTE_MS,
    summary: 'Pages fetch what they show anew too often.',
  },
} as const satisfies Readonly<Record<string, Declared>>

export type RuleName = keyof typeof RULES

export const RULE_NAMES = Object.keys(RULES).filter(isRuleName)

/** A rule as a deployment has it. */
export type Rule = Declared

/** The rules of a deployment, and where its runbook is. Those that were switched off are not there. */
export type AlertRules = {
  readonly rules: ReadonlyMap<RuleName, Rule>
  /** The address of the folder that has a page for each rule; ends in a slash. */
  readonly runbook: string
}

export function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(RULES, name)
}
