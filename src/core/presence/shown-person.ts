import type { Peer } from '../../protocol/down/peers.ts'
import { MAX_SHOWN_LENGTH } from '../../protocol/limits.ts'
import type { Claims, ShownClaims } from '../app/application.ts'

/** A person as others are shown them: by the claims of their token that the application chose, and no other word. */
export function shownPerson({ name, others }: ShownClaims, claims: Claims): Omit<Peer, 'places'> {
  const named = name === undefined ? undefined : claims[name]
  const shown = others.flatMap((claim): [string, string | number | boolean][] => {
    const value = claims[claim]
    if (typeof value === 'string') return [[claim, cut(value)]]
    return typeof value === 'boolean' || isShowable(value) ? [[claim, value]] : []
  })
  return {
    subject: claims.sub,
    name: cut(typeof named === 'string' && named !== '' ? named : claims.sub),
    ...(shown.length > 0 && { claims: Object.fromEntries(shown) }),
  }
}

function isShowable(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
}

/** A claim can be as long as a token, and is cut wherever that comes to. */
function cut(text: string): string {
  return text.slice(0, MAX_SHOWN_LENGTH).replace(/\p{Surrogate}/gu, '\uFFFD')
}
