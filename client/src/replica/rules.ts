import { queryFault } from '../../../src/core/query/check-query.ts'
import { AuthorView, rowInView } from './author-view.ts'
import { checksOf } from './digest-check.ts'

/**
 * The rules that a replica goes by once there is a manifest: what own edits make of rows, which queries can be answered,
 * and whether rows are the server's.
 */
export const replicaRules = { AuthorView, rowInView, queryFault, checksOf } as const

export type ReplicaRules = typeof replicaRules
