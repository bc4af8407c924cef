import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { unstable_readConfig } from 'wrangler'

/** The root of the repository, which holds wrangler.toml. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url))

/** What is deployed, from the root of the repository. */
export const PRODUCT_CONFIG = 'wrangler.toml'

/** Set for wrangler, it keeps the page that there is. */
export const PAGE_IS_BUILT = 'TIDEMARK_PAGE_IS_BUILT'

/** Without these, wrangler looks for updates and reports its use over the network. */
const QUIET = { WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' }

/**
 * Bundles the Worker as a deployment would, and returns the script. Throws with wrangler's own words.
 *
 * @param options.project the root of the repository, or of a copy of it
 * @param options.config the wrangler.toml in it by which to bundle
 * @param options.entry another module of it than that names, to bundle instead
 * @param options.page `to be built`: what the settings name as a build of their own is run first
 */
export async function buildWorker({
  project = PROJECT,
  config = PRODUCT_CONFIG,
  entry,
  page = 'there is',
  signal,
}: {
  project?: string
  config?: string
  entry?: string
  page?: 'there is' | 'to be built'
  signal?: AbortSignal
} = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-worker-'))
  const wrangler = join(
    dirname(createRequire(join(project, 'package.json')).resolve('wrangler/package.json')),
    'bin',
    'wrangler.js',
  )
  const { main } = unstable_readConfig({ config: join(project, config) })
  const module = entry === undefined ? main && resolve(project, main) : join(project, entry)
  if (module === undefined) throw new Error(`${config} names no module to bundle: set "main" in it.`)
  const args = [wrangler, 'deploy', module, '--config', config, '--dry-run', '--outdir', directory]
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: project,
      env: { ...process.env, ...QUIET, ...(page === 'there is' && { [PAGE_IS_BUILT]: 'yes' }) },
      ...(signal && { signal }),
    })
    return await readFile(join(directory, `${basename(module, extname(module))}.js`), 'utf8')
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`The Worker cannot be built:\n${said.trim()}`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
