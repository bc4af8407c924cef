import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { Problems } from '../../dev/tell-problems.ts'

function listen() {
  const told: string[] = []
  let now = 0
  const problems = new Problems(
    (line) => void told.push(line),
    () => now,
  )
  return {
    told,
    log: (event: string, facts: object) => problems.take(JSON.stringify({ event, ...facts }), 'log'),
    line: (text: string, level: string) => problems.take(text, level),
    later: (ms: number) => {
      now += ms
    },
  }
}

it('DEV-54 an outage is told once, until Postgres is back or a minute has passed', () => {
  const { told, log, later } = listen()
  const away = { tenant: 'acme', failure: 'ambiguous', message: 'no answer', outbox: 2 }
  for (let n = 0; n < 9; n++) log('postgres-away', away)
  log('postgres-away', { ...away, tenant: 'globex', outbox: 0 })
  log('postgres-back', { tenant: 'acme', outbox: 2 })
  for (let n = 0; n < 3; n++) log('drain-parked', { tenant: 'acme', cause: 'no column "po"', outbox: 1 })
  log('postgres-away', { ...away, outbox: 1 })
  later(60_000)
  log('postgres-away', { ...away, outbox: 1 })
  expect(told).toEqual([
    '! acme: Postgres does not answer (no answer). Editing goes on. 2 edits wait for it.',
    '! globex: Postgres does not answer (no answer). Editing goes on.',
    '! acme: Postgres takes edits again. 2 edits wait for it.',
    '! acme: Nothing goes to Postgres until this is mended: no column "po". 1 edit waits for it.',
    '! acme: Postgres does not answer (no answer). Editing goes on. 1 edit waits for it.',
    '! acme: Postgres does not answer (no answer). Editing goes on. 1 edit waits for it.',
  ])
})

it('DEV-54 many problems of one kind are told a few times and then counted', () => {
  const { told, log, later } = listen()
  for (let seq = 1; seq <= 100; seq++)
    log('edit-reverted', { tenant: 'acme', seq, sqlState: '23514', constraint: 'positive', dependents: 1 })
  expect(told).toHaveLength(5)
  expect(told[0]).toBe(
    '! acme: Postgres refused edit 1 (positive, 23514). It was undone on every screen, and with it 1 edit.',
  )
  later(60_000)
  log('edit-reverted', { tenant: 'acme', seq: 101, sqlState: '23514', dependents: 0 })
  expect(told.at(-1)).toBe(
    '! acme: Postgres refused edit 101 (23514). It was undone on every screen. (95 more like this were not shown)',
  )
})

it('DEV-54 what is no event of ours is told when it is an error, and an event without a sentence by its facts', () => {
  const { told, log, line } = listen()
  line('a debug line of the application', 'log')
  line('Error: broken\n    at somewhere', 'error')
  log('record-set-aside', { tenant: 'acme', collection: 'invoices', id: 'i1' })
  log('schema-changed', { from: 'a', to: 'b' })
  expect(told).toEqual([
    '! The Worker failed: Error: broken',
    '! acme: Record set aside (collection invoices, id i1).',
  ])
})

it('DEV-54 every event that the Worker logs comes as a sentence, or in none', () => {
  const root = resolve(import.meta.dirname, '../..')
  const events = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(resolve(root, file), 'utf8').matchAll(/\blog\(\s*'([a-z-]+)'/g)].map(
      ([, name = '']) => name,
    ),
  )
  expect(events).toContain('drain-parked')
  for (const event of new Set(events)) {
    const { told, log } = listen()
    log(event, { tenant: 'acme' })
    expect(told.join()).not.toMatch(/undefined|[{}"]/)
  }
})
