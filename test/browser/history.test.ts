import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { until } from '../../dev/harness/until.ts'
import { open } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'
import { hasFocus, holds } from './looks.ts'

let stack: Stack
let browser: Browser
let ada: Page
let ben: Page
let id: string

beforeAll(async () => {
  stack = await startStack({ prepare: seed })
  const [invoice] = await stack.sql(
    "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'draft' ORDER BY number DESC LIMIT 1",
  )
  id = String(invoice?.['id'])
  browser = await openBrowser()
  ada = await browser.signIn(stack, 'ada')
  ben = await browser.signIn(stack, 'ben')
  for (const page of [ada, ben])
    await page
      .getByTestId(`invoice-row-${String(invoice?.['number'])}`)
      .getByRole('link')
      .click()
})

afterAll(async () => {
  await browser.close()
  await stack.stop()
})

const items = (page: Page) => page.getByTestId('history-item')
const textOf = async (page: Page, place: number) =>
  (await items(page).nth(place).innerText()).replace(/\s+/g, ' ')
const shows = (page: Page, count: number) =>
  until(`${count} changes are shown`, async () => (await items(page).count()) === count)

const stored = (invoice: string, notes: string) =>
  until(`the notes are "${notes}" in Postgres`, async () => {
    const [row] = await stack.sql('SELECT notes FROM invoices WHERE id = $1', [invoice])
    return row?.['notes'] === notes
  })

describe('the history of an invoice', () => {
  it('HIS-30 the drawer says who changed what from what to what, in words, live, and takes it back', async () => {
    await ben.getByTestId('history-open').press('Enter')
    await ben.getByRole('dialog', { name: 'History' }).waitFor()
    await ben.getByText('Nothing was changed yet.').waitFor()
    await ada.getByTestId('due').fill('2026-05-01')
    await ada.getByTestId('due').press('Enter')
    await shows(ben, 1)
    await ada.getByTestId('notes').fill('Ask for Mrs Alder')
    await shows(ben, 2)
    await stack.sql("UPDATE invoices SET total_cents = 123450, notes = 'by hand' WHERE id = $1", [id])
    await shows(ben, 3)
    expect(await textOf(ben, 0)).toMatch(
      /^Changed in the database by \S+ .*Total £.* → £1,234\.50 .*Notes removed: Ask for Mrs Alder ?; added: by hand/,
    )
    expect(await textOf(ben, 1)).toMatch(
      /^Ada changed .*Notes .*added: Ask for Mrs Alder ?; .*Changed since by/,
    )
    expect(await textOf(ben, 2)).toMatch(/Due date .* → 1 May 2026/)

    await items(ben).nth(2).getByTestId('undo').press('Enter')
    await items(ben).nth(2).getByRole('button', { name: 'Keep' }).press('Enter')
    expect(
      await items(ben)
        .nth(2)
        .getByTestId('undo')
        .evaluate((it) => it === document.activeElement),
    ).toBe(true)
    await items(ben).nth(2).getByTestId('undo').click()
    expect(await ben.getByTestId('undo-does').innerText()).toMatch(/^Sets due date to /)
    await items(ben).nth(2).getByTestId('undo-confirm').click()
    await shows(ben, 4)
    expect(await textOf(ben, 0)).toMatch(/^You changed .*Due date 1 May 2026 → /)
    await until('Ada sees it', async () => (await ada.getByTestId('due').inputValue()) !== '2026-05-01')
    await ben.keyboard.press('Escape')
    await until('it is closed', async () => (await ben.getByTestId('history-drawer').count()) === 0)
    expect(await hasFocus(ben, 'history-open')).toBe(true)
  })

  it('HIS-32 what two people write into the notes is one change, each part of which is taken back alone', async () => {
    await ada.getByTestId('notes').press('Control+End')
    await ada.getByTestId('notes').pressSequentially(', twice')
    await holds(ben, 'notes', 'by hand, twice')
    await ben.getByTestId('notes').press('Control+End')
    await ben.getByTestId('notes').pressSequentially(' a day')
    await holds(ada, 'notes', 'by hand, twice a day')
    await ben.getByTestId('history-open').click()
    await until('it is told', async () => (await textOf(ben, 0)).startsWith('Ada and you changed'))
    expect(await textOf(ben, 0)).toMatch(/Notes by .*removed: hand ?; added: hand, twice a day/)
    const run = items(ben).first()
    expect(await run.locator('> [data-testid=undo]').count()).toBe(0)
    await ben.keyboard.press('Escape')

    // To whoever wrote alone it is one, and its undo takes back all of it and nothing else.
    const [{ id: other, number } = {}] = await stack.sql(
      "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 1",
    )
    await stack.sql("UPDATE invoices SET notes = 'Call.' WHERE id = $1", [other])
    await stack.nudge('acme')
    await ada
      .getByTestId(`invoice-row-${String(number)}`)
      .getByRole('link')
      .click()
    await holds(ada, 'notes', 'Call.')
    await ada.getByTestId('notes').press('Control+End')
    await ada.getByTestId('notes').pressSequentially(' Then write.')
    await stored(String(other), 'Call. Then write.')
    await ada.getByTestId('history-open').click()
    await until('it is told', async () => /^You changed .*added: Then write\./.test(await textOf(ada, 0)))
    await items(ada).first().getByTestId('undo').click()
    await items(ada).first().getByTestId('undo-confirm').click()
    await stored(String(other), 'Call.')
    await ada.keyboard.press('Escape')
    await ada.goBack()
    await holds(ada, 'notes', 'by hand, twice a day')
  })

  it('HIS-32 what was before a long writing is there without asking for it', async () => {
    const writer = await open(stack, 'ada')
    for (let i = 0; i < 120; i++) {
      const edit = writer.db.invoices.update(id, (invoice) => {
        invoice.notes += '.'
      })
      expect(await edit.accepted).toMatchObject({ ok: true })
    }
    writer.close()
    await ben.getByTestId('history-open').click()
    await until('what was before is told', async () =>
      (await ben.getByTestId('history').innerText()).includes('1 May 2026'),
    )
    await ben.keyboard.press('Escape')
    await stack.sql(
      "UPDATE invoices SET notes = 'by hand, twice a day' WHERE id = $1 AND tenant_id = 'acme'",
      [id],
    )
    for (const page of [ada, ben]) await holds(page, 'notes', 'by hand, twice a day')
  })

  it('HIS-31 an invoice that was deleted is restored where it was, with all it held', async () => {
    await stack.sql('DELETE FROM invoices WHERE id = $1', [id])
    await ada.getByTestId('deleted').waitFor()
    await ada.getByTestId('restore').click()
    await holds(ben, 'notes', 'by hand, twice a day')
    await until('Postgres has it', async () => {
      const rows = await stack.sql('SELECT notes, total_cents::int AS total FROM invoices WHERE id = $1', [
        id,
      ])
      return rows[0]?.['notes'] === 'by hand, twice a day' && rows[0]?.['total'] === 123_450
    })
  })
})
