import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { SAMPLE_WORDS as WORDS } from '../support/sample-words.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** What speaks of no application of ours. */
const ENGINE = ['{src,client,test}/**/*.{ts,tsx,json,md,sql,toml}', 'dev/harness/**/*.ts']

/** Tests of the example, and of the commands that run it. */
const EXAMPLES =
  /^test\/(browser|dev|example|acceptance\/(main-job|meetings|figures\/conflicts)|stack\/meetings)/

const MADE = /(^|\/)(node_modules|dist)\//

/** Where the example is: a place may be named by those who look after the repository. */
const PLACES = /(examples|dev)\\?\/invoices/g

it('HOU-1 the engine, its harness and its tests say nothing of what the example is about', () => {
  const files = ENGINE.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter(
    (file) =>
      !MADE.test(file) &&
      !EXAMPLES.test(file) &&
      !file.endsWith('support/sample-words.ts') &&
      resolve(ROOT, file) !== import.meta.filename,
  )
  expect(files.length).toBeGreaterThan(600)
  const found = files.flatMap((file) => {
    const text = readFileSync(resolve(ROOT, file), 'utf8')
    const lines = (file.startsWith('test/project/') ? text.replace(PLACES, '') : text).split('\n')
    const name = WORDS.test(file) ? [file] : []
    return [...name, ...lines.flatMap((line, i) => (WORDS.test(line) ? [`${file}:${i + 1}: ${line}`] : []))]
  })
  expect(found).toEqual([])
})

it('HOU-1 the tests run their own application with the settings of what is deployed', () => {
  const read = (path: string) => {
    const {
      compatibility_date,
      compatibility_flags,
      keep_names,
      durable_objects,
      migrations,
      triggers,
      vars,
    } = unstable_readConfig({ config: resolve(ROOT, path) })
    return {
      compatibility_date,
      compatibility_flags,
      keep_names,
      durable_objects,
      migrations,
      triggers,
      vars,
    }
  }
  const tested = read('test/fixtures/board/wrangler.toml')
  expect(tested.durable_objects.bindings).toHaveLength(2)
  expect(tested).toEqual(read('wrangler.toml'))
})
