import type { AlertNews } from '../core/alerts/alert-state.ts'
import { type AlertRules, RULES, type RuleName } from '../core/alerts/rules.ts'

/** Tenants that a message names; it counts all. */
export const MAX_NAMED = 20

/** News of an alert. */
export type Notice = {
  readonly news: AlertNews
  readonly rule: RuleName
  /** Empty where it is about the deployment. */
  readonly tenant: string
  /** When it fired, in ms since 1970: the same of both its notices. */
  readonly since: number
  /** The tenants that are concerned now: how many, the first of them by name, and the greatest of their figures. */
  readonly count: number
  readonly first: readonly string[]
  readonly value: number | undefined
}

/** The word to whoever is on duty, as a webhook's body. Times are ISO 8601. */
export type AlertMessage = {
  readonly type: 'alert.fired' | 'alert.resolved'
  readonly timestamp: string
  readonly data: {
    readonly rule: string
    /** The tenant that it is about; null where it is about the deployment. */
    readonly tenant: string | null
    /** When it fired: with rule and tenant the same in both messages of an alert. */
    readonly since: string
    readonly summary: string
    /** The page of the runbook. */
    readonly runbook: string
    /** What its figure is counted in, from where it counts, and what has fired it. */
    readonly unit: string
    readonly atLeast: number
    readonly value?: number
    readonly tenants: { readonly count: number; readonly first: readonly string[] }
  }
}

/** @param now in ms since 1970 */
export function messageOf({ rules, runbook }: AlertRules, notice: Notice, now: number): AlertMessage {
  const { news, rule, tenant, since, count, first, value } = notice
  const { summary, unit, atLeast } = rules.get(rule) ?? RULES[rule]
  return {
    type: `alert.${news}`,
    timestamp: timeOf(now),
    data: {
      rule,
      tenant: tenant === '' ? null : tenant,
      since: timeOf(since),
      summary,
      runbook: `${runbook}${rule}.md`,
      unit,
      atLeast,
      ...(value !== undefined && { value }),
      tenants: { count, first },
    },
  }
}

const timeOf = (ms: number) => new Date(ms).toISOString()
