import type { Claims } from './application.ts'

/** Claims that an audience may ask for at once. */
export const MAX_CLAIMS = 3

type Scalar = string | number | boolean

/** People by what their claims say, whoever they are at the time of reading. Made by `role` and `people`. */
export class Audience {
  readonly conditions: Readonly<Record<string, Scalar>>

  constructor(conditions: Readonly<Record<string, Scalar>>) {
    this.conditions = conditions
  }
}

/**
 * Everybody whose claims are these; a claim that is a list has to have the value in it. `people({})` is everybody.
 *
 * @example people({ role: 'owner', region: 'north' })
 */
export function people(conditions: Readonly<Record<string, Scalar>>): Audience {
  return new Audience(conditions)
}

/** Everybody with a role, which the claim `role` says. */
export function role(name: string): Audience {
  return new Audience({ role: name })
}

/** Nobody else than one person. */
export const person = (subject: string): Audience => new Audience({ sub: subject })

/** Whether an audience is one person. */
export function isAlone(row: { readonly [column: string]: unknown }): boolean {
  return String(row['audience1']).startsWith('["sub",') && row['audience2'] === ''
}

/** The conditions of an audience as texts, of which a reader has to have each. */
export function conditionKeys({ conditions }: Audience): string[] {
  return Object.entries(conditions)
    .map(([claim, value]) => keyOf(claim, value))
    .sort()
}

/** The conditions that a person meets, of those that an application's notifications may ask for. */
export function keysOf(claims: Claims, names: readonly string[]): string[] {
  return ['sub', ...names].flatMap((claim) => {
    const said = claims[claim]
    const values: readonly unknown[] = Array.isArray(said) ? said : [said]
    return values.filter(isScalar).map((value) => keyOf(claim, value))
  })
}

export function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function keyOf(claim: string, value: Scalar): string {
  return JSON.stringify([claim, String(value)])
}
