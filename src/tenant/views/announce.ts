import { rightsOf } from '../../core/access/rights.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Query } from '../../protocol/query.ts'
import type { Session } from '../sessions/session.ts'
import type { Subscription } from '../sessions/session-state.ts'
import type { Store } from '../storage/store.ts'
import type { LiveView } from './live-view.ts'
import type { ResumeTokens } from './resume-token.ts'
import type { Views } from './views.ts'

/** The means to find the view of a query. */
export type FindingViews = { readonly app: TidemarkApp; readonly views: Views; readonly log: Log }

/** The means to name a view to a session. */
export type Announcing = { readonly store: Store; readonly views: Views; readonly resumeTokens: ResumeTokens }

/** The view of a query under a person's rights. A rule that fails shows nothing. */
export function findView(
  { app, views, log }: FindingViews,
  session: Session,
  query: Query,
): LiveView | WireError {
  try {
    return views.intern(query, rightsOf(app, session.claims, query.collection))
  } catch (thrown) {
    log('rule-failed', { collection: query.collection, error: String(thrown) })
    return wireError('internal', 'The rules for this collection failed; ask whoever runs the service.')
  }
}

/** Names a subscription's view. */
export function announce(
  { store, views, resumeTokens: seals }: Announcing,
  session: Session,
  { id, view: number, since }: Subscription,
  resumed: boolean,
): void {
  const view = views.of(number)
  const client = session.greeted?.client
  if (!view || client === undefined) return
  const { columns, definition } = view
  const resumeToken = seals.issue({ client, epoch: store.epoch, definition, since })
  session.send([
    'view',
    { subscription: id, view: number, columns: [...columns], resumeToken, ...(resumed && { resumed }) },
  ])
}

/** The session's rows cannot be brought up to date: its client is to drop them, and to ask anew. */
export function forgetAll({ store, views }: Omit<Announcing, 'seals'>, session: Session): void {
  views.arrange(session, { subscriptions: [], waiting: [], evicted: [] })
  session.moveTo(null)
  session.update({ behindSince: undefined })
  session.send([
    'reset',
    { epoch: store.epoch, reason: 'What you hold is too old to be brought up to date.' },
  ])
}
