import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { buildPage } from '../../dev/build-web.ts'
import { DEADLINE_MS } from '../../dev/harness/until.ts'

/** A page of a test, built, that is opened at the address of a Worker. */
export type StackPage = AsyncDisposable & {
  /**
   * Opens it in a context.
   *
   * @param url the Worker's address, or that of a way to it, with what stands behind its `#`
   * @param tokenOf is there in the page as a function of this name, and at its address `/api/token`
   * @param fill puts into the page's text what a server has rendered
   */
  open(
    context: BrowserContext,
    url: string,
    tokenOf: () => Promise<string>,
    fill?: (html: string) => string,
  ): Promise<Page>
}

/** @param source the folder of the page's index.html, from the project */
export async function buildStackPage(source: string): Promise<StackPage> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-stack-page-'))
  await buildPage(fileURLToPath(new URL(`../../${source}`, import.meta.url)), folder)
  return {
    async open(context, url, tokenOf, fill = (html) => html) {
      const page = await context.newPage()
      page.setDefaultTimeout(DEADLINE_MS)
      await page.exposeFunction('tokenOf', tokenOf)
      const { origin } = new URL(url)
      await page.route(`${origin}/`, async (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: fill(await readFile(join(folder, 'index.html'), 'utf8')),
        }),
      )
      await page.route(`${origin}/assets/*`, async (route) => {
        const file = new URL(route.request().url()).pathname
        await route.fulfill({
          contentType: 'text/javascript',
          body: await readFile(join(folder, file), 'utf8'),
        })
      })
      await page.route(`${origin}/api/token`, async (route) => route.fulfill({ body: await tokenOf() }))
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
