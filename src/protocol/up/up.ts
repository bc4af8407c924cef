import type * as v from 'valibot'
import { authSchema } from './auth.ts'
import { helloSchema } from './hello.ts'
import { metricsSchema } from './metrics.ts'
import { presenceUpSchema } from './presence.ts'
import { pushSchema } from './push.ts'
import { readAckSchema } from './read-ack.ts'
import { readTextSchema } from './read-text.ts'
import { subscribeSchema, unsubscribeSchema } from './subscribe.ts'
import { unwatchSchema, watchSchema } from './watch.ts'

/** Frames from client to server, by kind. A frame is a JSON array whose first item names its kind. */
export const upSchemas = {
  hello: helloSchema,
  subscribe: subscribeSchema,
  unsubscribe: unsubscribeSchema,
  watch: watchSchema,
  unwatch: unwatchSchema,
  'read-ack': readAckSchema,
  'read-text': readTextSchema,
  push: pushSchema,
  presence: presenceUpSchema,
  metrics: metricsSchema,
  auth: authSchema,
} as const

export type Up = v.InferOutput<(typeof upSchemas)[keyof typeof upSchemas]>
