import type { Claims } from './application.ts'

/** Names a person and their tenant. */
export function ownerOf({ tenant, sub }: Pick<Claims, 'tenant' | 'sub'>): string {
  return JSON.stringify([tenant, sub])
}

/** The subject of the person that an owner's name names; undefined for what is no such name. */
export function subjectIn(owner: string): string | undefined {
  try {
    const named: unknown = JSON.parse(owner)
    const subject: unknown = Array.isArray(named) ? named[1] : undefined
    return typeof subject === 'string' ? subject : undefined
  } catch {
    return undefined
  }
}
