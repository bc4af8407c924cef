import process from 'node:process'
import chromiumBinary from '@sparticuz/chromium'
import { chromium, type Page } from 'playwright-core'
import { DEADLINE_MS } from './until.ts'

/** A real Chromium, in which every person has a context of their own: separate storage, separate sockets. */
export type Browser = {
  /**
   * Opens the page in a new context and signs in on it.
   *
   * @param options.keepsPage false where the page is to come from the network always
   */
  signIn(
    stack: { readonly url: string },
    person: string,
    options?: { readonly keepsPage: boolean },
  ): Promise<Page>
  close(): Promise<void>
}

/** The binary that npm installed runs on Linux for x64; elsewhere an installed Chrome is used. */
async function findChromium(): Promise<{ executablePath: string } | { channel: 'chrome' }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' }
  return { executablePath: await chromiumBinary.executablePath() }
}

/** Chromium without a window. */
export async function openChromium() {
  return await chromium.launch({
    ...(await findChromium()),
    headless: true,
    timeout: DEADLINE_MS,
    // In a container there is often no user to drop to and little shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

export async function openBrowser(): Promise<Browser> {
  const browser = await openChromium()
  return {
    async signIn(stack, person, { keepsPage } = { keepsPage: true }) {
      const context = await browser.newContext({ serviceWorkers: keepsPage ? 'allow' : 'block' })
      const page = await context.newPage()
      page.setDefaultTimeout(DEADLINE_MS)
      await signInOn(page, stack, person)
      return page
    },
    close: () => browser.close(),
  }
}

/** Opens the page in a window of a browser that may have had others, and signs in on it. */
export async function signInOn(page: Page, { url }: { readonly url: string }, person: string): Promise<void> {
  await page.goto(url)
  await page.getByTestId(`person-${person}`).click()
  await page.getByTestId('connection').getByText('live', { exact: true }).waitFor()
}
