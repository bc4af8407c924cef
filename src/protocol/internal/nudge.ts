/**
 * The Worker's word to an object that something changed in Postgres. `compare`: some of them may have been made
 * with triggers off, so that only a comparison of all rows finds them.
 */
export type Nudge = { readonly compare: boolean }

const PATH = '/nudge/1'

/** Path and search of the request that nudges. */
export function nudgePath({ compare }: Nudge): string {
  return compare ? `${PATH}?compare` : PATH
}

/** Reads a nudge off path and search; undefined for a request that is none. */
export function readNudge(path: string): Nudge | undefined {
  if (path === PATH) return { compare: false }
  return path === `${PATH}?compare` ? { compare: true } : undefined
}
