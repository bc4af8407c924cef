import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

it('E2E-12 the main job ends with all edits everywhere and all sides equal', async () => {
  const { stdout } = await run(process.execPath, ['test/acceptance/main-job/main.ts', '--limit', '20'])
  expect(stdout.trim().split('\n').at(-1)).toBe('All sides are equal.')
})
