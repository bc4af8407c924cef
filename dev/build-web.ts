import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { PROJECT } from './build-worker.ts'

const WEB = join(PROJECT, 'examples/invoices/web')

/** The operators' console, which is served beside the page. */
const CONSOLE = join(PROJECT, 'console')

/**
 * Builds the web page into examples/invoices/web/dist, and the console into its folder `ops`. Throws with the build's
 * own words, or at once when `signal` aborts.
 */
export async function buildWeb({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
  await buildPage(WEB, 'dist', { ...(signal && { signal }) })
  // After it, because it empties its folder.
  await buildPage(CONSOLE, join(WEB, 'dist/ops'), { ...(signal && { signal }) })
}

/**
 * Builds the page of a folder's index.html. Throws with the build's own words.
 *
 * @param options.mode `production` unless said otherwise
 * @param options.minify false keeps the names of its functions, to read a profile by
 */
export async function buildPage(
  folder: string,
  outDir: string,
  {
    mode = 'production',
    minify = true,
    signal,
  }: { mode?: string; minify?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const vite = join(
    dirname(createRequire(join(WEB, 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  )
  const args = [
    vite,
    'build',
    '--mode',
    mode,
    '--logLevel',
    'error',
    '--outDir',
    outDir,
    ...(minify ? [] : ['--minify', 'false']),
  ]
  try {
    await promisify(execFile)(process.execPath, args, { cwd: folder, ...(signal && { signal }) })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`The web page cannot be built:\n${said.trim()}`)
  }
}
