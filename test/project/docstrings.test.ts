import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Docstrings of exported things. */
const EXPORTED = /\/\*\*(?<text>(?:(?!\*\/)[\s\S])*)\*\/\nexport /g

/** Words that begin a clause about the thing, and not the thing. */
const CLAUSE = /^(What|How|Who|Whom|Whose|Whoever|Whatever|Whichever|Where|When|Why|Which|That)\b/

it('E2E-16 docstrings of what the core and the client export begin with the thing they are about', () => {
  const files = globSync(['src/core/**/*.ts', 'client/src/**/*.{ts,tsx}'], { cwd: ROOT })
  const beginnings = files.flatMap((file) =>
    [...readFileSync(resolve(ROOT, file), 'utf8').matchAll(EXPORTED)].map(({ groups }) => ({
      file,
      text: (groups?.['text'] ?? '').replace(/^[\s*]+/, ''),
    })),
  )
  expect(beginnings.length).toBeGreaterThan(100)
  expect(beginnings.filter(({ text }) => CLAUSE.test(text))).toEqual([])
})
