import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const ID = /[A-Z][A-Z0-9]{1,4}-\d+/

const rules = [...readFileSync(resolve(ROOT, 'SPEC.md'), 'utf8').matchAll(/^- \*\*([^*]+)\*\* /gm)].map(
  ([, id = '']) => id,
)

/** Ids at the head of a test's title. */
const cited = globSync(['test/**/*.test.ts', '{client,web}/test/**/*.test.{ts,tsx}'], { cwd: ROOT }).flatMap(
  (file) => {
    const source = readFileSync(resolve(ROOT, file), 'utf8')
    return [...source.matchAll(/\b(?:it|test)(?:\.\w+)*\((?:[^'"`]*?\)\()?\s*['"`]([A-Z0-9]+-\d+) /g)].map(
      ([, id = '']) => ({ id, file }),
    )
  },
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
