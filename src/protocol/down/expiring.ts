import * as v from 'valibot'

/** The token ends soon; an `auth` frame keeps the session. */
export const expiringSchema = v.tuple([v.literal('expiring'), v.object({ expiresAt: v.number() })])
