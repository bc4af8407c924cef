import { bigint, date, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { ask, counter, defineApp, effect, immutable, max, merge, min, set, states } from 'tidemark'
import * as v from 'valibot'

const tasks = pgTable(
  'tasks',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    number: text('number').notNull(),
    title: text('title').notNull(),
    likes: integer('likes').notNull().default(0),
    state: text('state', { enum: ['open', 'done', 'dropped'] })
      .notNull()
      .default('open'),
    record: integer('record').notNull().default(0),
    firstSeen: date('first_seen'),
    labels: text('labels').array().notNull().default([]),
    decision: text('decision'),
    summary: text('summary').notNull().default(''),
    spentCents: bigint('spent_cents', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

const claims = v.looseObject({ sub: v.string(), tenant: v.string() })

/** The example of docs/merging.md, which repeats it. */
export const app = defineApp({ tables: { tasks }, claims })
  // The example.
  .collection('tasks', {
    merge: {
      number: immutable(),
      likes: counter(),
      state: states({ open: ['done', 'dropped'], done: ['open'] }),
      record: max(),
      firstSeen: min(),
      labels: set(),
      decision: ask(),
      summary: merge((base, current, incoming) => (current === base ? incoming : `${current}\n${incoming}`)),
      spentCents: effect(counter()),
    },
  })
// Its end.
