import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { readDocument } from './house/sources.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A line that is written, or one of two: by a log that was handed in, by the platform's, or where there is neither. */
const WRITTEN =
  /(?:\blog|\.log|#log|writeLine)\(\s*(?:[a-z]+ === '[a-z]+' \? '([a-z-]+)' : )?'([a-z-]+)'|event: '([a-z-]+)'/g

const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((file) =>
  readFileSync(resolve(ROOT, file), 'utf8'),
)
const written = new Set(
  sources.flatMap((source) =>
    [...source.matchAll(WRITTEN)].flatMap(([, ...names]) => names.filter((name) => name !== undefined)),
  ),
)

const told = [...readDocument('docs/operations/log-lines.md').matchAll(/^\| `([a-z-]+)` \|/gm)].map(
  ([, name = '']) => name,
)

it('MET-25 every line that is logged is in the table of them, once', () => {
  expect(written.size).toBeGreaterThan(40)
  expect([...written].filter((name) => !told.includes(name))).toEqual([])
  expect(told.filter((name, i) => told.indexOf(name) !== i)).toEqual([])
})

it('MET-25 the table has no line that nothing logs', () => {
  expect(told.filter((name) => !written.has(name))).toEqual([])
})
