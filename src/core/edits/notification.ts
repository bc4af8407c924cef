import { inspect } from '../../protocol/guard.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { Audience, conditionKeys, isScalar, MAX_CLAIMS, person } from '../app/audience.ts'

/** People that one notification may name. More are reached by what their claims say. */
export const MAX_NAMED = 50

/** Characters of the data of a notification, as JSON. */
export const MAX_DATA = 2_000

/** Characters of a group, of the key of something that is told once, and of a name that is addressed. */
export const MAX_KEY = 200

/** A kind is a word, as it would be in a list of preferences. */
const KIND = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/** A notification as a rule has given it, judged. */
export type Told = {
  readonly audiences: readonly (readonly string[])[]
  readonly kind: string
  readonly data: Row
  readonly group: string | null
  readonly once: string | undefined
  /** Its author is told as well. */
  readonly self: boolean
  readonly fields: readonly string[]
}

/** The notifications that a rule has given. Throws a sentence that says what is wrong with one. */
export function readTold(given: unknown, audience: readonly string[]): Told[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  return list.filter((one) => !isNothing(one)).map((one) => readOne(one, audience))
}

function readOne(given: unknown, audience: readonly string[]): Told {
  if (!isObject(given)) throw new Error('a rule gives notifications, a list of them, or nothing')
  const { kind, data = {}, group = null, once, self = false, fields = [] } = given
  if (typeof kind !== 'string' || !KIND.test(kind))
    throw new Error('the kind of a notification is a word of up to 64 letters, digits, "_" and "-"')
  if (group !== null && !isKey(group)) throw new Error(`"group" is a text of up to ${MAX_KEY} characters`)
  if (once !== undefined && !isKey(once)) throw new Error(`"once" is a text of up to ${MAX_KEY} characters`)
  if (!Array.isArray(fields) || !fields.every((name) => typeof name === 'string'))
    throw new Error('"fields" lists columns of the record')
  return {
    audiences: readAudiences(given['to'], audience),
    kind,
    data: readData(data),
    group,
    once,
    self: self === true,
    fields: [...new Set(fields)],
  }
}

function readAudiences(to: unknown, claims: readonly string[]): string[][] {
  const list: readonly unknown[] = Array.isArray(to) ? to : [to]
  if (list.length > MAX_NAMED)
    throw new Error(`"to" may list ${MAX_NAMED}; reach more by a role, or by other claims`)
  // Nobody is named where a column that names somebody is empty.
  const keys = list.filter((one) => one !== null && one !== '').map((one) => readAudience(one, claims))
  return [...new Map(keys.map((one) => [one.join(), one])).values()]
}

function readAudience(to: unknown, claims: readonly string[]): string[] {
  if (isKey(to)) return conditionKeys(person(to))
  if (!(to instanceof Audience))
    throw new Error('"to" is a subject, role(...), people(...), or a list of such')
  const entries = Object.entries(to.conditions)
  if (entries.length > MAX_CLAIMS) throw new Error(`an audience asks for ${MAX_CLAIMS} claims at most`)
  for (const [claim, value] of entries) {
    if (claim !== 'sub' && !claims.includes(claim))
      throw new Error(`an audience asks for "${claim}": name it in notifications.audience of defineApp`)
    if (!isScalar(value) || !isKey(String(value)))
      throw new Error(`the claim "${claim}" of an audience is a text, a number, true or false`)
  }
  return conditionKeys(to)
}

function readData(data: unknown): Row {
  const finding = isObject(data) ? inspect(data) : { message: 'It is an object.' }
  if (finding) throw new Error(`"data" of a notification cannot be kept: ${finding.message}`)
  const text = JSON.stringify(data)
  if (text.length > MAX_DATA) throw new Error(`"data" of a notification may have ${MAX_DATA} characters`)
  // What JSON leaves out or writes otherwise is so here, too.
  const copy: { [key: string]: Value } = JSON.parse(text)
  return copy
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_KEY && !inspect(value)
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
