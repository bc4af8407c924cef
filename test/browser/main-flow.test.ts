import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'

let stack: Stack
let browser: Browser
let ada: Page
let ben: Page
let id: string
let number: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [invoice] = await stack.sql(
    "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1",
  )
  id = String(invoice?.['id'])
  number = String(invoice?.['number'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
  for (const page of [ada, ben]) await page.getByTestId(`invoice-row-${number}`).getByRole('link').click()
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

/** Everything the mark of the invoice's row says on a page from now on. */
async function watchMark(page: Page): Promise<() => Promise<string[]>> {
  const mark = page.getByTestId(`mark-${number}`)
  await mark.evaluate((element) => {
    const observer = new MutationObserver(() => {
      element.setAttribute('data-seen', `${element.getAttribute('data-seen') ?? ''} ${element.textContent}`)
    })
    observer.observe(element, { childList: true, characterData: true, subtree: true })
  })
  return async () => ((await mark.getAttribute('data-seen')) ?? '').split(' ')
}

const markOf = (page: Page) => page.getByTestId(`mark-${number}`).textContent()
const stored = async (column: 'reference' | 'reminders') =>
  (await stack.sql(`SELECT ${column} FROM invoices WHERE id = $1`, [id]))[0]?.[column]

describe('two people with the page open', () => {
  it('E2E-10 an edit of one is on the other’s screen and in Postgres, and its marks say how far it is', async () => {
    const seen = await watchMark(ada)
    await ada.getByTestId('reference').fill('Ask for Mrs Alder')
    await ada.getByTestId('reference').press('Enter')

    await until(
      'Ben reads it',
      async () => (await ben.getByTestId('reference').inputValue()) === 'Ask for Mrs Alder',
    )
    await until('it is marked as stored', async () => (await markOf(ada)) === 'stored')
    expect(await stored('reference')).toBe('Ask for Mrs Alder')
    expect(await seen()).toContain('saving')
    expect(await markOf(ben)).toBe('')
  })

  it('E2E-11 go on while Postgres is away, and everything arrives exactly once when it returns', async () => {
    const before = Number(await stored('reminders'))
    await stack.stopPostgres()
    for (const page of [ada, ben, ada]) await page.getByTestId('add-reminder').click()

    const expected = String(before + 3)
    for (const page of [ada, ben]) {
      await until(
        'the sum is on screen',
        async () => (await page.getByTestId('reminders').textContent()) === expected,
      )
      await until('it is marked as saved', async () => (await markOf(page)) === 'saved')
    }
    await until(
      'it is told that they wait',
      async () => (await ada.getByTestId('connection-note').textContent())?.includes('3 edits wait') ?? false,
    )
    expect(await ada.getByTestId('connection').textContent()).toBe('live')

    await stack.startPostgres()
    for (const page of [ada, ben]) {
      await until('it is marked as stored', async () => (await markOf(page)) === 'stored')
      await until(
        'nothing is under way',
        async () => (await page.getByTestId('pending').textContent()) === '',
      )
    }
    expect(await stored('reminders')).toBe(before + 3)
    expect(
      await stack.sql(
        'SELECT count(*)::int AS edits, count(DISTINCT (actor, n))::int AS once FROM tidemark.history',
      ),
    ).toEqual([{ edits: 4, once: 4 }])
  })
})
