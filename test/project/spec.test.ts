import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const ID = /^[A-Z][A-Z0-9]{1,4}-\d+$/

const rules = [...readFileSync(resolve(ROOT, 'SPEC.md'), 'utf8').matchAll(/^- \*\*([^*]+)\*\* /gm)].map(
  ([, id = '']) => id,
)

/** A text that begins with an id of a known area: the title of a test, however the test is written. */
const prefixes = new Set(rules.map((id) => id.replace(/-\d+$/, '')))
const TITLE = new RegExp(`['"\`]((?:${[...prefixes].join('|')})-\\d+) `, 'g')

/** What `npm test` runs, and what `npm run proof` does. */
const TESTS = [
  'test/**/*.{test,proof}.ts',
  // Suites that several test files run, each against an implementation of its own.
  'test/contract/*.ts',
  '{client,examples/invoices/web}/test/**/*.test.{ts,tsx}',
]

const files = globSync(TESTS, { cwd: ROOT }).map((file) => ({
  file,
  source: readFileSync(resolve(ROOT, file), 'utf8'),
}))

const cited = files.flatMap(({ file, source }) =>
  [...source.matchAll(TITLE)].map(([, id = '']) => ({ id, file })),
)

it('E2E-2 every rule has an id of its own', () => {
  expect(rules.length).toBeGreaterThan(0)
  expect(rules.filter((id) => !ID.test(id))).toEqual([])
  expect(rules.filter((id, index) => rules.indexOf(id) !== index)).toEqual([])
})

it('E2E-2 every rule is cited by a test', () => {
  const tested = new Set(cited.map(({ id }) => id))
  expect(rules.filter((id) => !tested.has(id))).toEqual([])
})

it('E2E-2 every test cites a rule that exists', () => {
  const known = new Set(rules)
  const strangers = cited.filter(({ id }) => !known.has(id)).map(({ id, file }) => `${id} in ${file}`)
  expect([...new Set(strangers)]).toEqual([])
})

it('E2E-2 every test begins with the id of a rule', () => {
  const titles = /\b(?:it|test)\(\s*(['"`])((?:(?!\1).)*)\1/g
  const nameless = files.flatMap(({ file, source }) =>
    [...source.matchAll(titles)]
      .map(([, , title = '']) => title)
      .filter((title) => !ID.test(title.split(' ')[0] ?? ''))
      .map((title) => `${file}: ${title}`),
  )
  expect(nameless).toEqual([])
})
