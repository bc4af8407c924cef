import {
  bigint,
  boolean,
  date,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import { syncStatements } from '../../../dev/sync-statements.ts'
import { defineApp } from '../../../src/define/define-app.ts'

const samples = pgTable(
  'samples',
  {
    tenantId: text('tenant_id').notNull(),
    id: text('id').notNull(),
    words: text('some_words'),
    small: integer('small'),
    large: bigint('large', { mode: 'number' }),
    real: doublePrecision('real_number'),
    flag: boolean('flag'),
    day: date('day', { mode: 'string' }),
    moment: timestamp('at_moment', { withTimezone: true, mode: 'string' }),
    tags: text('tags').array(),
    any: jsonb('any_json'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

const claims = v.object({ sub: v.string(), tenant: v.string() })

/** An application whose one collection has a column of every type. */
export const samplesApp = defineApp({ tables: { samples }, claims }).collection('samples')

/** Its table as migrations would make it. */
export const SAMPLES_SQL = [
  `CREATE TABLE samples (
    tenant_id text NOT NULL, id text NOT NULL, some_words text, small integer, large bigint,
    real_number double precision, flag boolean, day date, at_moment timestamptz, tags text[], any_json jsonb,
    PRIMARY KEY (tenant_id, id));`,
  ...syncStatements(samples).map(({ statement }) => statement),
].join('\n')

export const full = {
  id: 'full',
  words: 'naïve "quotes" \\ and\nlines 🌊',
  small: -2_147_483_647,
  large: Number.MAX_SAFE_INTEGER,
  real: 0.1,
  flag: true,
  day: '0099-02-28',
  moment: '2026-01-31T23:59:59.007Z',
  tags: ['a,b', '{}', '', 'NULL'],
  any: { nested: [1, null, 'x'] },
}
export const none = {
  words: null,
  small: null,
  large: null,
  real: null,
  flag: null,
  day: null,
  moment: null,
  tags: null,
  any: null,
}
