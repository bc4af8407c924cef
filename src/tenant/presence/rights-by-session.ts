import { rightsOf } from '../../core/access/rights.ts'
import type { Claims } from '../../core/app/application.ts'
import type { RightsIn } from '../../core/presence/meeting.ts'
import type { Rights } from '../../core/query/view.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { NOTHING } from '../../protocol/normal-filter.ts'
import type { Session } from '../sessions/session.ts'

/** The means to know who may know what of whom. */
export type KnowingRights = {
  readonly app: TidemarkApp
  readonly log: Log
}

/** The rights of a session, which hang on its claims. */
export type RightsOf = (session: Session) => RightsIn

/**
 * Rights by the claims they follow from: worked out once for each, and anew when a fresh token has others. Where
 * the application's rule throws, nothing may be known.
 */
export function rightsBySession({ app, log }: KnowingRights): RightsOf {
  const known = new WeakMap<Claims, Map<string, Rights>>()
  const workOut = (claims: Claims, collection: string): Rights => {
    try {
      return rightsOf(app, claims, collection)
    } catch (thrown) {
      log('rule-failed', { collection, error: String(thrown) })
      return { read: NOTHING, hidden: [] }
    }
  }
  return ({ claims }) =>
    (collection) => {
      const byCollection = known.get(claims) ?? new Map<string, Rights>()
      known.set(claims, byCollection)
      const rights = byCollection.get(collection) ?? workOut(claims, collection)
      byCollection.set(collection, rights)
      return rights
    }
}
