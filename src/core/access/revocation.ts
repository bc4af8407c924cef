import type { TokenMarks } from '../../protocol/internal/credential.ts'
import type { Claims } from '../app/application.ts'

/** The things of which tokens may be revoked: a person, a sign-in, one token; or, for what became too much, all. */
export const REVOCATION_KINDS = ['sub', 'sid', 'jti', 'all'] as const

export type RevocationKind = (typeof REVOCATION_KINDS)[number]

/** Tokens that do not count any more. */
export type Revocation = {
  readonly kind: RevocationKind
  /** The subject, the sign-in or the token's id; empty for all. */
  readonly name: string
  /** Tokens issued before it are meant, in seconds since 1970. */
  readonly before: number
  /** When the last token that can be meant has ended, in seconds since 1970: nothing need be remembered after that. */
  readonly until: number
}

/** A holder of a token, as far as revocations ask. */
export type Holder = { readonly claims: Claims; readonly marks: TokenMarks }

/** Revocations of one tenant, looked up by what a token says. */
export class RevocationList {
  readonly #byKind: Readonly<Record<RevocationKind, Map<string, Revocation>>> = {
    sub: new Map(),
    sid: new Map(),
    jti: new Map(),
    all: new Map(),
  }

  #size = 0

  get size(): number {
    return this.#size
  }

  /** The one that is there for the same thing. */
  get({ kind, name }: Pick<Revocation, 'kind' | 'name'>): Revocation | undefined {
    return this.#byKind[kind].get(name)
  }

  /** Takes one in. Of two for one thing the later bounds count: what was revoked stays revoked. Returns what counts. */
  add(revocation: Revocation): Revocation {
    const { kind, name } = revocation
    const known = this.#byKind[kind].get(name)
    const merged = {
      ...revocation,
      before: Math.max(revocation.before, known?.before ?? 0),
      until: Math.max(revocation.until, known?.until ?? 0),
    }
    if (!known) this.#size += 1
    this.#byKind[kind].set(name, merged)
    return merged
  }

  drop({ kind, name }: Revocation): void {
    if (this.#byKind[kind].delete(name)) this.#size -= 1
  }

  *[Symbol.iterator](): Generator<Revocation> {
    for (const kind of REVOCATION_KINDS) yield* this.#byKind[kind].values()
  }

  /** Is a token revoked? */
  concerns(holder: Holder): boolean {
    // Each frame asks, and almost always there is none.
    if (this.#size === 0) return false
    const {
      claims,
      marks: { iat, sid, jti },
    } = holder
    const isMeant = (kind: RevocationKind, name: string | undefined) =>
      name !== undefined && iat < (this.#byKind[kind].get(name)?.before ?? Number.NEGATIVE_INFINITY)
    return isMeant('sub', claims.sub) || isMeant('sid', sid) || isMeant('jti', jti) || isMeant('all', '')
  }
}

/**
 * Makes room in a list that has more than it may: the oldest of those that come first become one, which means all
 * tokens issued before the latest of them. So a list that is full takes people's sign-ins of some time ago, and lets
 * nobody in who was to be kept out.
 *
 * @param fold how many become one
 * @returns those that are gone, and the one that counts in their place; undefined when there is room
 */
export function makeRoom(
  list: RevocationList,
  limit: number,
  fold: number,
): { readonly gone: readonly Revocation[]; readonly all: Revocation } | undefined {
  if (list.size <= limit) return undefined
  const gone = [...list]
    .filter(({ kind }) => kind !== 'all')
    .sort((a, b) => a.before - b.before)
    .slice(0, fold)
  for (const one of gone) list.drop(one)
  const before = Math.max(...gone.map((one) => one.before))
  const until = Math.max(...gone.map((one) => one.until))
  return { gone, all: list.add({ kind: 'all', name: '', before, until }) }
}
