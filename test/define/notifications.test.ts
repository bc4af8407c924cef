import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { defineApp, kinds, people, role } from 'tidemark'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { NOTIFICATION_PREFERENCES, NOTIFICATION_STATES, NOTIFICATIONS } from '../../src/core/app/built-in.ts'
import { PEOPLE } from '../fixtures/board/people.ts'
import { app as board } from '../fixtures/board/sync.ts'

const boxes = pgTable(
  'boxes',
  { tenantId: text('tenant_id').notNull(), id: text('id').notNull(), label: text('label').notNull() },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)
const claims = v.object({ sub: v.string(), tenant: v.string(), role: v.string() })
const tables = { boxes }

const names = (app: { manifest: { collections: readonly { name: string }[] } }) =>
  app.manifest.collections.map(({ name }) => name)

it('NTF-23 an application that declares none has none of their collections, tables and rules', () => {
  const app = defineApp({ tables, claims }).collection('boxes')
  expect(names(app).filter((name) => name.includes('notification'))).toEqual([])
  expect([...app.tables.keys(), ...app.rules.keys()].filter((name) => name.includes('notification'))).toEqual(
    [],
  )
  expect(app.notifications).toBeUndefined()
})

it('NTF-23 one that declares them has all three, with what was left out', () => {
  const app = defineApp({ tables, claims, notifications: {} }).collection('boxes')
  const own = [NOTIFICATIONS, NOTIFICATION_STATES, NOTIFICATION_PREFERENCES]
  expect(names(app)).toEqual(expect.arrayContaining(own))
  const day = 24 * 60 * 60 * 1_000
  const standard = { audience: [], conflicts: true, refusals: true, keepMs: 90 * day, keepReadMs: 30 * day }
  expect(app.notifications).toEqual(standard)
  const short = defineApp({ tables, claims, notifications: { keepDays: 7 } })
  expect(short.notifications).toMatchObject({ keepMs: 7 * day, keepReadMs: 7 * day })
})

it('NTF-23 rules without a declaration, and times that are none, are refused at start-up', () => {
  const rule = { notify: { insert: () => ({ to: people({}), kind: 'x' }) } }
  expect(() => defineApp({ tables, claims }).collection('boxes', rule)).toThrow(
    'collection "boxes": notify asks for notifications of defineApp',
  )
  for (const keepDays of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => defineApp({ tables, claims, notifications: { keepDays } })).toThrow(
      'keepDays and keepReadDays',
    )
})

it('NTF-23 what a rule may say is typed by the declared kinds, columns and claims', () => {
  const declared = defineApp({
    tables,
    claims,
    notifications: { kinds: kinds<{ packed: { label: string } }>(), audience: ['role'] },
  })
  const app = declared.collection('boxes', {
    notify: {
      insert: ({ label }, { rows, by }) => [
        { to: [role('owner'), by], kind: 'packed', data: { label }, fields: ['label'] },
        rows.boxes.get('b1') !== undefined && { to: null, kind: 'packed', data: { label } },
      ],
      // @ts-expect-error its data is another
      delete: ({ label }) => ({ to: 'ada', kind: 'packed', data: { number: label } }),
      // @ts-expect-error no column of the record
      update: (box) => ({ to: 'ada', kind: 'packed', data: { label: box.label }, fields: ['colour'] }),
    },
  })
  const insert = () => ({ to: 'ada', kind: 'sent' as const, data: { label: 'x' } })
  // @ts-expect-error no kind of this application
  declared.collection('boxes', { notify: { insert } })
  // @ts-expect-error no claim of this application
  defineApp({ tables, claims, notifications: { audience: ['team'] } })
  expect(app.rules.get('boxes')?.notify).toBeDefined()
})

it('NTF-5 the board’s audiences ask for claims that its people have', () => {
  expect(board.notifications?.audience).toEqual(['role'])
  expect(new Set(PEOPLE.map((one) => one.role))).toContain('owner')
})
