import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildWeb } from '../../dev/build-web.ts'
import { buildWorker, PROJECT } from '../../dev/build-worker.ts'

/** Where tests, and all that only they switch on, are. */
const OURS_ALONE = /^(test|bench|dev|client\/test|examples\/invoices\/web\/test)\//

/** What a planted defect is chosen by. */
const SWITCH = 'PLANTED_DEFECT'

it('SIM-9 what is deployed has nothing of the tests in it', async () => {
  await buildWeb()
  const script = await buildWorker()
  const modules = [...script.matchAll(/^\/\/ (\S+\.[jt]sx?)$/gm)].map(([, path = '']) => path)
  expect(modules).toContain('src/tenant/tenant-object.ts')
  expect(modules.filter((path) => OURS_ALONE.test(path))).toEqual([])
  const page = join(PROJECT, 'examples/invoices/web/dist')
  const files = (await readdir(page, { recursive: true })).filter((path) => /\.(js|css|html)$/.test(path))
  expect(files.length).toBeGreaterThan(1)
  const texts = await Promise.all(files.map((path) => readFile(join(page, path), 'utf8')))
  expect([script, ...texts].filter((text) => text.includes(SWITCH) || text.includes('simulation/'))).toEqual(
    [],
  )
})
