import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChromium } from '../../dev/harness/browser.ts'
import { playTabs } from '../acceptance/tabs/play-tabs.ts'
import { buildDiskPage } from '../support/disk-page.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack()
})

afterAll(() => stack.stop())

it('CTR-70 the port holds on a real browser’s locks and channels', async () => {
  await using built = await buildDiskPage('tabs')
  const chromium = await openChromium()
  const context = await chromium.newContext()
  await built.serve(context, stack.url, () => stack.token('ada'))
  const page = await context.newPage()
  await page.goto(`${stack.url}/#contract`)
  expect(await page.evaluate('tryContract()')).toEqual({})
  await chromium.close()
})

it('TAB-3 tabs of a real browser have one connection, whichever of them goes while they edit, and nothing is lost or doubled', async () => {
  const { saved, unseen, ...played } = await playTabs(stack, { rounds: 6, seed: 7, report: () => {} })
  expect([saved > 0, unseen > 0]).toEqual([true, true])
  expect(played).toEqual({ lost: 0, doubled: 0, sockets: 1, conflictsMissing: 0 })
})
