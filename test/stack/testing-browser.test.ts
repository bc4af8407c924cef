import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChromium } from '../../dev/harness/browser.ts'
import { buildStackPage, type StackPage } from '../support/stack-page.ts'

let built: StackPage
let browser: Awaited<ReturnType<typeof openChromium>>

beforeAll(async () => {
  built = await buildStackPage('client/test/testing/page')
  browser = await openChromium()
})

afterAll(async () => {
  await browser.close()
  await built[Symbol.asyncDispose]()
})

it('TST-13 a test tenant works in a browser, where there is no server', async () => {
  const page = await built.open(await browser.newContext(), 'http://kit.test/', async () => '')
  await page.waitForFunction("document.querySelector('output').value !== ''")
  expect(await page.locator('output').textContent()).toBe('[false,6,1]')
})
