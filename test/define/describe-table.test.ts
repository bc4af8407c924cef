import { sql } from 'drizzle-orm'
import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { describeTable } from '../../src/define/describe-table.ts'

const key = { tenantId: text('tenant_id').notNull(), id: text('id').notNull() }

test.for([
  ['generated', integer('size').generatedAlwaysAs(sql`length(id)`)],
  ['identity', integer('size').generatedAlwaysAsIdentity()],
  ['identity', integer('size').generatedByDefaultAsIdentity()],
] as const)(
  'ASD-11 a column that Postgres fills by itself (%s) is refused at start-up, with what to do',
  ([kind, size]) => {
    const table = pgTable('boxes', { ...key, size }, (t) => [primaryKey({ columns: [t.tenantId, t.id] })])
    const describe = () => describeTable('boxes', table, {})
    expect(describe).toThrow(kind)
    expect(describe).toThrow('collection "boxes": "size" is')
    expect(describe).toThrow('make it a plain column, or leave it out of this table')
  },
)
