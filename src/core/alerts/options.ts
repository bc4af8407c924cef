import { type AlertRules, isRuleName, RULE_NAMES, RULES, type Rule, type RuleName } from './rules.ts'

/** Differences between an application's alerts and those that it has anyway. */
export type AlertOptions = {
  /** By the name of a rule: false switches it off; what is not said stays as it is. */
  readonly rules?: { readonly [Name in RuleName]?: RuleOptions | false }
  /** Where a team keeps its copy of the runbook; alerts link its pages. */
  readonly runbook?: string
}

type RuleOptions = {
  /** It fires while its figure is at least this: milliseconds, records, a share from 0 to 1 or times per hour. */
  readonly atLeast?: number
  /** Milliseconds for which the figure has to be back before the alert resolves; a day at most. */
  readonly coolDownMs?: number
}

/** A longer one would hide the next outage in the last. */
const MAX_COOL_DOWN_MS = 86_400_000

/** Where the runbook is in this repository, for whoever does not say. */
const OWN_RUNBOOK = 'docs/operations/'

/** The rules of a deployment. Throws, at its start, with a sentence for what cannot be a rule. */
export function readAlertOptions({ rules = {}, runbook = OWN_RUNBOOK }: AlertOptions = {}): AlertRules {
  const stranger = Object.keys(rules).find((name) => !isRuleName(name))
  if (stranger !== undefined)
    throw new Error(`alerts: there is no rule "${stranger}"; there are ${RULE_NAMES.join(', ')}`)
  const read = RULE_NAMES.flatMap((name): [RuleName, Rule][] => {
    const options = rules[name]
    return options === false ? [] : [[name, readRule(name, options ?? {})]]
  })
  return { rules: new Map(read), runbook: runbook.endsWith('/') ? runbook : `${runbook}/` }
}

function readRule(name: RuleName, options: RuleOptions): Rule {
  const stranger = Object.keys(options).find((key) => key !== 'atLeast' && key !== 'coolDownMs')
  if (stranger !== undefined)
    throw new Error(`alerts: of "${name}" there is no "${stranger}"; there are atLeast and coolDownMs`)
  const rule: Rule = { ...RULES[name], ...options }
  const { atLeast, coolDownMs, unit } = rule
  if (!RANGES[unit].has(atLeast)) throw new Error(`alerts: atLeast of "${name}" is ${RANGES[unit].what}`)
  if (!(Number.isSafeInteger(coolDownMs) && coolDownMs >= 0 && coolDownMs <= MAX_COOL_DOWN_MS))
    throw new Error(`alerts: coolDownMs of "${name}" is whole milliseconds from 0 to ${MAX_COOL_DOWN_MS}`)
  return rule
}

/** The thresholds that make sense by what a figure is counted in. */
const RANGES: { readonly [Unit in Rule['unit']]: { readonly what: string; has(value: number): boolean } } = {
  ms: { what: 'milliseconds from 0', has: (value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER },
  records: { what: 'a whole number from 1', has: (value) => Number.isSafeInteger(value) && value >= 1 },
  'per hour': { what: 'a number above 0', has: (value) => value > 0 && Number.isFinite(value) },
  share: { what: 'a share above 0 and up to 1', has: (value) => value > 0 && value <= 1 },
}
