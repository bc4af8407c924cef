import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChromium } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { buildStackPage, type StackPage } from '../support/stack-page.ts'

let stack: Stack
let built: StackPage
let browser: Awaited<ReturnType<typeof openChromium>>

beforeAll(async () => {
  stack = await startStack()
  built = await buildStackPage('client/test/text/page')
  browser = await openChromium()
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
  await built[Symbol.asyncDispose]()
})

/** Opens the note on a page of its own, at the Worker's own address. */
async function open(id: string): Promise<Page> {
  const page = await built.open(await browser.newContext(), `${stack.url}/#${id}`, () => stack.token('ada'))
  await page.locator('textarea[data-status=ready]').waitFor()
  return page
}

const area = (page: Page) => page.locator('textarea')
const shown = (page: Page) => area(page).inputValue()
const caretOf = (page: Page) => area(page).evaluate((element) => Reflect.get(element, 'selectionStart'))

it('TXT-20 in two browsers two people write in one note at once, also offline, and no word is lost', async () => {
  await stack.sql(
    "INSERT INTO board_settings (tenant_id, id, name, welcome) VALUES ('acme', 'note', 'Board', 'We meet here.')",
  )
  await stack.nudge('acme')
  const [ada, ben] = [await open('note'), await open('note')]
  const type = async (page: Page, end: 'Control+Home' | 'Control+End', text: string) => {
    await area(page).press(end)
    await area(page).pressSequentially(text)
  }
  await Promise.all([type(ada, 'Control+Home', 'Hello you. '), type(ben, 'Control+End', ' Bring a friend.')])
  await until('both show both', async () => {
    const texts = [await shown(ada), await shown(ben)]
    return texts.every((text) => text === 'Hello you. We meet here. Bring a friend.')
  })
  // The caret stays where its owner writes.
  expect(await caretOf(ada)).toBe('Hello you. '.length)

  await ben.context().setOffline(true)
  await type(ben, 'Control+End', ' Or two, offline.')
  await type(ada, 'Control+Home', 'Dear all! ')
  expect(await shown(ben)).toBe('Hello you. We meet here. Bring a friend. Or two, offline.')
  await ben.context().setOffline(false)
  const whole = 'Dear all! Hello you. We meet here. Bring a friend. Or two, offline.'
  await until('both show all', async () => (await shown(ada)) === whole && (await shown(ben)) === whole)
  await until('Postgres has it', async () => {
    const [row] = await stack.sql("SELECT welcome FROM board_settings WHERE id = 'note'")
    return row?.['welcome'] === whole
  })
})
