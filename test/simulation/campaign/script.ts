import { Random } from '../../../dev/harness/random.ts'
import { LINK_FAULTS } from '../people/network.ts'
import {
  BROWSER_FAULTS,
  type BrowserFault,
  diskDraws,
  type Plan,
  type Rates,
  TAB_FAULTS,
  tabDraws,
} from './plan.ts'

/** What befalls a person's page or link. */
export const PERSONAL_FAULTS = [...LINK_FAULTS, 'reload', 'offline', 'role', 'noToken', 'shared'] as const

/** What befalls a tenant's object, or Postgres. */
export const COMMON_FAULTS = [
  'crashBefore',
  'crashAfter',
  'replaced',
  'wiped',
  'sleep',
  'lostAlarm',
  'deploy',
  'outage',
  'restored',
  'moved',
] as const

export type PersonalFault = (typeof PERSONAL_FAULTS)[number]
export type CommonFault = (typeof COMMON_FAULTS)[number]

/** A person edits, or asks for something else. */
export type Deed = 'edit' | 'ask' | PersonalFault | BrowserFault

/** Somebody writes into Postgres and may say so, or something fails. */
export type Incident = 'external' | 'nudge' | 'compare' | CommonFault

export type Happening = {
  /** Milliseconds after the beginning. */
  readonly at: number
  readonly tenant: string
  /** Draws the details. */
  readonly seed: number
} & (
  | { readonly what: Deed; readonly person: string }
  | { readonly what: Incident; readonly person?: undefined }
)

/** Of these a plan says how many there are. */
const OPERATIONS: readonly string[] = ['edit', 'ask', 'external']

/** Does it befall none but browsers that keep pages? */
export function isOfBrowsers(what: Deed): what is BrowserFault {
  return [...BROWSER_FAULTS, ...TAB_FAULTS].some((fault) => fault === what)
}

const LARGEST_SEED = 0x7fff_ffff

export function isOperation({ what }: Happening): boolean {
  return OPERATIONS.includes(what)
}

/** Somebody who does one thing after the other. */
type Line = { readonly tenant: string; readonly person?: string; readonly pace: number; at: number }

export function tenantsOf({ tenants }: Plan): string[] {
  return Array.from({ length: tenants }, (_, i) => `t${i + 1}`)
}

export function peopleOf({ clients }: Plan): string[] {
  return Array.from({ length: clients }, (_, i) => `p${i + 1}`)
}

/**
 * All that is to happen in a plan, in order of time. It is drawn before anything happens, so a part of it
 * can be left out, and the rest stays what it was.
 */
export function drawScript(plan: Plan): Happening[] {
  const { paceMs, rates, operations, kept } = plan
  const random = new Random(plan.seed)
  const [ofDisks, ofTabs] = [diskDraws(plan.seed), tabDraws(plan.seed)]
  const lines = tenantsOf(plan).flatMap((tenant): Line[] => {
    const people = peopleOf(plan).map((person) => ({ tenant, person, pace: 1, at: 0 }))
    return rates.external > 0 ? [...people, { tenant, pace: 1 / rates.external, at: 0 }] : people
  })
  const advance = (line: Line) => {
    line.at += Math.round(random.whole(...paceMs) * line.pace)
  }
  lines.forEach(advance)
  const script: Happening[] = []
  for (let done = 0; done < operations; done++) {
    const line = lines.reduce((soonest, other) => (other.at < soonest.at ? other : soonest))
    const { tenant, person, at } = line
    const place = () => ({ at, tenant, seed: random.whole(1, LARGEST_SEED) })
    if (person === undefined)
      for (const what of externalWrite(random, rates)) script.push({ ...place(), what })
    else {
      script.push({ ...place(), person, what: random.chance(rates.ask) ? 'ask' : 'edit' })
      for (const what of drawn(random, rates, PERSONAL_FAULTS)) script.push({ ...place(), person, what })
      for (const what of drawn(random, rates, COMMON_FAULTS)) script.push({ ...place(), what })
      for (const what of drawn(ofDisks, rates, BROWSER_FAULTS))
        script.push({ at, tenant, seed: ofDisks.whole(1, LARGEST_SEED), person, what })
      for (const what of drawn(ofTabs, rates, TAB_FAULTS))
        script.push({ at, tenant, seed: ofTabs.whole(1, LARGEST_SEED), person, what })
    }
    advance(line)
  }
  if (!kept) return script
  const chosen = new Set(kept)
  return script.filter((_, i) => chosen.has(i))
}

function externalWrite(random: Random, { nudge, compare }: Rates): Incident[] {
  if (!random.chance(nudge)) return ['external']
  return ['external', random.chance(compare) ? 'compare' : 'nudge']
}

function drawn<Name extends keyof Rates>(random: Random, rates: Rates, names: readonly Name[]): Name[] {
  return names.filter((name) => random.chance(rates[name]))
}
