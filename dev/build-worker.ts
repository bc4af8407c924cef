import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The folder that holds wrangler.toml. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url))

/** Set for wrangler, it keeps the page that there is. */
export const PAGE_IS_BUILT = 'TIDEMARK_PAGE_IS_BUILT'

/** Without these, wrangler looks for updates and reports its use over the network. */
const QUIET = { WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' }

/**
 * Bundles the Worker as a deployment would, and returns the script. Throws with wrangler's own words.
 *
 * @param options.project the folder that holds wrangler.toml
 * @param options.entry another module of it than wrangler.toml names, to bundle instead
 */
export async function buildWorker({
  project = PROJECT,
  entry = 'examples/invoices/worker.ts',
  signal,
}: {
  project?: string
  entry?: string
  signal?: AbortSignal
} = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-worker-'))
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'bin',
    'wrangler.js',
  )
  const args = [wrangler, 'deploy', entry, '--dry-run', '--outdir', directory]
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: project,
      env: { ...process.env, ...QUIET, [PAGE_IS_BUILT]: 'yes' },
      ...(signal && { signal }),
    })
    return await readFile(join(directory, `${basename(entry, '.ts')}.js`), 'utf8')
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`The Worker cannot be built:\n${said.trim()}`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
