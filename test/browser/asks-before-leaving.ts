import type { Dialog, Page } from 'playwright-core'
import { expect } from 'vitest'
import { until } from '../../dev/harness/until.ts'

/** Reloads a page, and stays if it asks. Returns whether it asked. */
export async function asksBeforeLeaving(page: Page): Promise<boolean> {
  const asked: string[] = []
  const answer = (dialog: Dialog) => {
    asked.push(dialog.type())
    void dialog.dismiss()
  }
  page.on('dialog', answer)
  await page.evaluate(() => {
    Reflect.set(window, 'isOld', true)
    setTimeout(() => window.location.reload(), 0)
  })
  const isNew = () => page.evaluate(() => Reflect.get(window, 'isOld') !== true).catch(() => false)
  await until('the page has asked or is reloaded', async () => asked.length > 0 || (await isNew()))
  page.off('dialog', answer)
  expect(asked.every((type) => type === 'beforeunload')).toBe(true)
  return asked.length > 0
}
