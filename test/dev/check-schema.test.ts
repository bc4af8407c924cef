import { describe, expect, it } from 'vitest'
import {
  comparePostgres,
  type DeclaredTable,
  type PostgresTable,
} from '../../dev/check-schema/compare-postgres.ts'
import { compareServed } from '../../dev/check-schema/compare-served.ts'
import { fine, stop, toLines } from '../../dev/check-schema/finding.ts'
import type { Collection, Column } from '../../src/protocol/manifest.ts'
import { awards, cards, column } from '../fixtures/board.ts'

const DECLARED: DeclaredTable = {
  collection: 'cards',
  table: 'card',
  columns: [
    { name: 'id', sqlName: 'id', sqlType: 'text', nullable: false },
    { name: 'title', sqlName: 'title', sqlType: 'text', nullable: false, default: 'new' },
    { name: 'votes', sqlName: 'vote_count', sqlType: 'bigint', nullable: true },
  ],
}

const ID = { sqlName: 'id', sqlType: 'text', nullable: false }
const TITLE = {
  sqlName: 'title',
  sqlType: 'text',
  nullable: false,
  default: { is: 'value', value: 'new' },
} as const
const VOTES = { sqlName: 'vote_count', sqlType: 'bigint', nullable: true }
const ACTUAL: PostgresTable = {
  columns: [{ ...ID, sqlName: 'tenant_id' }, ID, TITLE, VOTES],
  primaryKey: ['tenant_id', 'id'],
  selfCascades: [],
  lacking: [],
  strayValues: new Map(),
}
const having = (...columns: PostgresTable['columns']) => ({ columns: [ID, ...columns] })

describe('a declared table and Postgres', () => {
  it('CHK-1 that agree leave nothing to do', () => {
    expect(comparePostgres(DECLARED, ACTUAL)).toEqual([])
  })

  it.each<[string, Partial<PostgresTable>, string, string]>([
    ['a missing column', having(TITLE), 'cards.votes', 'no column "vote_count"'],
    ['a narrower type', having(TITLE, { ...VOTES, sqlType: 'integer' }), 'cards.votes', 'narrower'],
    [
      'a text with a limit',
      having({ ...TITLE, sqlType: 'character varying(20)' }, VOTES),
      'cards.title',
      'narrower',
    ],
    ['another type', having(TITLE, { ...VOTES, sqlType: 'jsonb' }), 'cards.votes', 'Postgres holds jsonb'],
    [
      'what must not be empty there',
      having(TITLE, { ...VOTES, nullable: false }),
      'cards.votes',
      'may be empty as declared',
    ],
    [
      'what may be empty there',
      having({ ...TITLE, nullable: true }, VOTES),
      'cards.title',
      'may be empty in Postgres',
    ],
    [
      'another default',
      having({ ...TITLE, default: { is: 'value', value: 'old' } }, VOTES),
      'cards.title',
      'the default in Postgres is "old", declared is "new"',
    ],
    [
      'a computed default',
      having({ ...TITLE, default: { is: 'computed' } }, VOTES),
      'cards.title',
      'is computed',
    ],
    [
      'values that are not listed',
      { strayValues: new Map([['title', ['a', 'b']]]) },
      'cards.title',
      'hold "a", "b"',
    ],
    [
      'a column that Postgres fills by itself',
      having({ ...TITLE, filled: true }, VOTES),
      'cards.title',
      'make it a plain column, or leave it out',
    ],
    ['no primary key', { primaryKey: [] }, 'cards', 'the primary key is missing'],
    ['another primary key', { primaryKey: ['id'] }, 'cards', 'the primary key is (id)'],
    ['a cascade onto itself', { selfCascades: ['parent'] }, 'cards', 'the foreign key "parent" changes rows'],
    ['a missing trigger', { lacking: ['CREATE TRIGGER t'] }, 'cards', 'tidemark generate'],
    [
      'a needed column nobody fills',
      having(TITLE, VOTES, { ...ID, sqlName: 'x' }),
      'cards',
      'refuse every insert',
    ],
  ])('CHK-1 %s stops a deploy', (_, difference, place, message) => {
    const findings = comparePostgres(DECLARED, { ...ACTUAL, ...difference })
    expect(findings).toEqual([{ level: 'stop', place, message: expect.stringContaining(message) }])
  })

  it('CHK-1 a missing table stops a deploy', () => {
    expect(comparePostgres(DECLARED, undefined)).toMatchObject([{ level: 'stop', place: 'cards' }])
  })

  it.each<[string, PostgresTable['columns']]>([
    [
      'a default the declaration leaves to the application',
      [TITLE, { ...VOTES, default: { is: 'computed' } }],
    ],
    [
      'a missing default, which inserts give',
      [{ sqlName: 'title', sqlType: 'text', nullable: false }, VOTES],
    ],
    ['a column the application does not know, with a default', [TITLE, VOTES, { ...TITLE, sqlName: 'x' }]],
  ])('CHK-1 %s does not', (_, columns) => {
    expect(comparePostgres(DECLARED, { ...ACTUAL, ...having(...columns) })).toEqual([])
  })
})

const manifest = (...collections: Collection[]) => ({ hash: 'any', collections })
const withColumn = (name: string, more: Partial<Column>): Collection => ({
  ...cards,
  columns: [...cards.columns.filter((one) => one.name !== name), column(name, more)],
})

describe('what objects serve and what is declared', () => {
  it.each<[string, Collection, Collection, string, string]>([
    ['a removed column', withColumn('hue', {}), cards, 'cards.hue', 'unknown-column'],
    [
      'another type',
      cards,
      withColumn('note', { type: 'json', nullable: true }),
      'cards.note',
      'is text now and would be json',
    ],
    [
      'a column that must not be empty any more',
      cards,
      withColumn('note', {}),
      'cards.note',
      'must not be empty any more',
    ],
    [
      'fewer values',
      cards,
      withColumn('state', { default: 'open', values: ['open', 'won', 'lost'] }),
      'cards.state',
      'takes archived no more',
    ],
    ['values where any went', cards, withColumn('title', { values: ['a'] }), 'cards.title', 'takes only a'],
    ['inserts only', cards, { ...cards, insertOnly: true }, 'cards', 'takes inserts only'],
    ['a new column that needs a value', cards, withColumn('hue', {}), 'cards.hue', 'missing-value'],
  ])('CHK-2 %s stops a deploy, unless it is meant', (_, served, declared, place, message) => {
    const [finding, ...more] = compareServed(manifest(served, awards), manifest(declared, awards))
    expect([finding, more]).toEqual([{ level: 'stop', place, message: expect.stringContaining(message) }, []])
    const allowed = compareServed(manifest(served), manifest(declared), ['x', place])
    expect(allowed).toEqual([{ level: 'fine', place, message: expect.stringContaining('allowed') }])
  })

  it('CHK-2 a removed collection stops a deploy', () => {
    const [finding] = compareServed(manifest(cards, awards), manifest(cards))
    expect(finding).toMatchObject({
      level: 'stop',
      place: 'awards',
      message: expect.stringContaining('SCHEMA_ALLOW=awards'),
    })
  })

  it.each<[string, Collection, string]>([
    ['a new column that may be empty', withColumn('hue', { nullable: true }), 'cards.hue'],
    ['a new column with a default', withColumn('hue', { default: '' }), 'cards.hue'],
    ['a wider type', withColumn('points', { type: 'number', default: 0 }), 'cards.points'],
  ])('CHK-2 %s is fine', (_, declared, place) => {
    expect(compareServed(manifest(cards), manifest(declared))).toMatchObject([{ level: 'fine', place }])
  })

  it('CHK-2 a new collection is fine', () => {
    expect(compareServed(manifest(cards), manifest(cards, awards))).toMatchObject([
      { level: 'fine', place: 'awards' },
    ])
  })

  it.each<[string, Collection]>([
    ['nothing', cards],
    ['another policy or default', withColumn('votes', { type: 'integer', default: 3 })],
    [
      'more values',
      withColumn('state', { default: 'open', values: ['open', 'won', 'lost', 'archived', 'x'] }),
    ],
    ['any value', withColumn('state', { default: 'open' })],
    ['what may be empty now', withColumn('owner', { nullable: true })],
  ])('CHK-2 of %s there is nothing to say', (_, declared) => {
    expect(compareServed(manifest(cards), manifest(declared))).toEqual([])
  })
})

it('CHK-3 there is one line for each finding, the severe ones first, or one that says there is none', () => {
  expect(toLines([fine('a.b', 'is new.'), stop('c', 'is gone.'), fine('d', 'x'), stop('e', 'y')])).toEqual([
    'stop  c: is gone.',
    'stop  e: y',
    'fine  a.b: is new.',
    'fine  d: x',
  ])
  expect(toLines([])).toEqual(['nothing to do'])
})
