import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildPage, buildWeb } from '../../dev/build-web.ts'
import { buildWorker, PROJECT } from '../../dev/build-worker.ts'

/** Where tests, and all that only they switch on, are. */
const OURS_ALONE = /^(test|bench|dev|client\/test|examples\/invoices\/web\/test)\//

/** What a planted defect is chosen by. */
const SWITCH = 'PLANTED_DEFECT'

/** The name of the element that has the panel for developers, and words of what writes down. */
const OF_DEVTOOLS = ['tidemark-devtools', 'A trace is of one client']

const PAGE = join(PROJECT, 'examples/invoices/web')

/** The files of a built page. */
async function textsIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((path) => /\.(js|css|html)$/.test(path))
  expect(files.length).toBeGreaterThan(1)
  return Promise.all(files.map((path) => readFile(join(folder, path), 'utf8')))
}

it('SIM-9 what is deployed has nothing of the tests in it', async () => {
  await buildWeb()
  const script = await buildWorker()
  const modules = [...script.matchAll(/^\/\/ (\S+\.[jt]sx?)$/gm)].map(([, path = '']) => path)
  expect(modules).toContain('src/tenant/tenant-object.ts')
  expect(modules.filter((path) => OURS_ALONE.test(path))).toEqual([])
  const texts = await textsIn(join(PAGE, 'dist'))
  expect([script, ...texts].filter((text) => text.includes(SWITCH) || text.includes('simulation/'))).toEqual(
    [],
  )
})

it('DVT-7 the example has the devtools where it is developed, and nothing of them where it is deployed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-page-'))
  const told = async (mode: string) => {
    await buildPage(PAGE, folder, { mode })
    const all = (await textsIn(folder)).join('\n')
    return OF_DEVTOOLS.filter((words) => all.includes(words))
  }
  expect(await told('development')).toEqual(OF_DEVTOOLS)
  await rm(folder, { recursive: true })
  expect(await told('production')).toEqual([])
  await rm(folder, { recursive: true })
})
