import type * as v from 'valibot'
import { asideSchema } from './aside.ts'
import { committedSchema } from './committed.ts'
import { digestSchema } from './digest.ts'
import { errorSchema } from './error.ts'
import { evictedSchema } from './evicted.ts'
import { expiringSchema } from './expiring.ts'
import { healthSchema } from './health.ts'
import { invalidateSchema } from './invalidate.ts'
import { pageSchema } from './page.ts'
import { peersSchema } from './peers.ts'
import { progressSchema } from './progress.ts'
import { receiptSchema } from './receipt.ts'
import { resetSchema } from './reset.ts'
import { rowsSchema } from './rows.ts'
import { textSchema } from './text.ts'
import { viewSchema } from './view.ts'
import { welcomeSchema } from './welcome.ts'

/**
 * Frames from server to client, by kind. A frame is a JSON array whose first item names its kind. Rows
 * travel as arrays against a view's column list, which takes about half the bytes of objects.
 */
export const downSchemas = {
  welcome: welcomeSchema,
  view: viewSchema,
  page: pageSchema,
  rows: rowsSchema,
  receipt: receiptSchema,
  invalidate: invalidateSchema,
  evicted: evictedSchema,
  digest: digestSchema,
  aside: asideSchema,
  committed: committedSchema,
  expiring: expiringSchema,
  health: healthSchema,
  progress: progressSchema,
  peers: peersSchema,
  text: textSchema,
  reset: resetSchema,
  error: errorSchema,
} as const

export type Down = v.InferOutput<(typeof downSchemas)[keyof typeof downSchemas]>
