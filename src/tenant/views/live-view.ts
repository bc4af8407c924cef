import type { View } from '../../core/query/view.ts'
import type { Manifest } from '../../protocol/manifest.ts'
import type { Query } from '../../protocol/query.ts'
import type { Row } from '../../protocol/value.ts'
import type { Session } from '../sessions/session.ts'
import type { Store } from '../storage/store.ts'

/** A view that sessions follow. */
export type LiveView = View & {
  readonly number: number
  /** The query and the rights, as text: equal for whoever sees the same. */
  readonly definition: string
  readonly query: Query
  /** Those that are sent what changes in it. */
  readonly followers: Set<Session>
}

/** The ground that views stand on: the records, and how they are read. */
export type Ground = {
  readonly store: Store
  readonly manifest: Manifest
  readonly scan: (view: View) => Iterable<Row>
}
