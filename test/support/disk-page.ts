import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from 'playwright-core'
import { buildPage } from '../../dev/build-web.ts'
import { DEADLINE_MS } from '../../dev/harness/until.ts'

/** The page of a client that is kept on disk, built once, and opened at the address of a Worker. */
export type DiskPage = AsyncDisposable & {
  /** Serves it to a browser, where `tokenOf` gives the page its tokens. */
  serve(context: BrowserContext, url: string, tokenOf: () => Promise<string>): Promise<void>
}

/** @param room the tests whose page it is */
export async function buildDiskPage(room: 'disk' | 'tabs' = 'disk'): Promise<DiskPage> {
  const page = fileURLToPath(new URL(`../../client/test/${room}/page`, import.meta.url))
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-page-'))
  await buildPage(page, folder)
  return {
    async serve(context, url, tokenOf) {
      context.setDefaultTimeout(DEADLINE_MS)
      await context.exposeFunction('tokenOf', tokenOf)
      await context.route(`${url}/`, async (route) =>
        route.fulfill({ contentType: 'text/html', body: await readFile(join(folder, 'index.html'), 'utf8') }),
      )
      await context.route(`${url}/assets/*`, async (route) => {
        const file = new URL(route.request().url()).pathname
        const body = await readFile(join(folder, file), 'utf8')
        await route.fulfill({ contentType: 'text/javascript', body })
      })
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
