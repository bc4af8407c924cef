import { type WireError, wireError } from '../../protocol/errors.ts'

/** A record that Postgres holds and that cannot be one here, and why, in words. */
export type Unfit = {
  readonly id: string
  readonly reason: string
  /** The column of the value that is at fault, if it is one. */
  readonly column?: string
}

/** The reason for which a record is set aside: Postgres holds it, and it cannot be a record here. */
export type Aside = Omit<Unfit, 'id'>

/** Reads why a record is set aside; undefined for one that is not. */
export type ReadAside = (collection: string, id: string) => Aside | undefined

/** The reason as somebody may know it who does not get to see some columns. */
export function reasonFor({ reason, column }: Aside, hidden: readonly string[] = []): string {
  return column !== undefined && hidden.includes(column) ? 'It holds a value that cannot be shown.' : reason
}

/** The refusal of an edit that means a record which is set aside: nobody knows what it would overwrite. */
export function setAside(id: string, aside: Aside, hidden: readonly string[] = []): WireError {
  const sentence = `The record "${id}" cannot be changed here before it is mended in the database.`
  return wireError('set-aside', `${sentence} ${reasonFor(aside, hidden)}`)
}
