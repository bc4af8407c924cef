import type { Page } from 'playwright-core'
import { until } from '../../dev/harness/until.ts'

/** Waits until a field holds a text. */
export function holds(page: Page, testId: string, text: string): Promise<boolean> {
  return until(
    `${testId} holds "${text}"`,
    async () => (await page.getByTestId(testId).inputValue()) === text,
  )
}

/** Waits until an element says a text, and nothing else. */
export function says(page: Page, testId: string, text: string): Promise<boolean> {
  return until(
    `${testId} says "${text}"`,
    async () => (await page.getByTestId(testId).textContent()) === text,
  )
}

/** Whether an element has the focus. */
export function hasFocus(page: Page, testId: string): Promise<boolean> {
  return page.getByTestId(testId).evaluate((element) => element === document.activeElement)
}
