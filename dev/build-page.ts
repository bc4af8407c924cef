import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { buildWeb } from './build-web.ts'
import { PAGE_IS_BUILT, PROJECT } from './build-worker.ts'

/**
 * What wrangler runs before it bundles the Worker, so that a deployment has the page of its own commit. Whoever
 * bundles the Worker alone, and has built the page before, is spared it.
 */
const page = join(PROJECT, 'examples', 'invoices', 'web', 'dist', 'index.html')
if (process.env[PAGE_IS_BUILT] === undefined || !existsSync(page)) {
  await buildWeb().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  })
}
