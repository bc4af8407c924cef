import type { Holder, RevocationList } from '../../core/access/revocation.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'

/** Somebody with a token. `expiresAt`: seconds since 1970. */
export type TokenHolder = Holder & { readonly expiresAt: number }

/** The means to judge a token that was verified before. */
export type Judging = {
  readonly store: { readonly revoked: { readonly list: Pick<RevocationList, 'concerns'> } }
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Returns why a token does not count any more, if it does not. */
export function whyOver({ store, now }: Judging, holder: TokenHolder): WireError | undefined {
  if (holder.expiresAt * 1_000 <= now())
    return wireError('token-expired', 'The token has ended; sign in again.')
  if (store.revoked.list.concerns(holder))
    return wireError('revoked', 'This sign-in was ended; sign in again.')
  return undefined
}
