import { execFile } from 'node:child_process'
import { access, cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'

const run = promisify(execFile)

/** What a deployment needs of a clone, besides what `npm ci` brings. */
const CLONED = [
  'src',
  'dev',
  'client',
  'console',
  'examples',
  'wrangler.toml',
  'package.json',
  'tsconfig.json',
]

/** What a clone does not have. */
const MADE = new Set(['dist', 'node_modules'])

let clone: string

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'tidemark-clone-'))
  for (const name of CLONED) {
    await cp(join(PROJECT, name), join(clone, name), {
      recursive: true,
      filter: (path) => !MADE.has(basename(path)),
    })
  }
  await symlink(join(PROJECT, 'node_modules'), join(clone, 'node_modules'))
})

afterAll(() => rm(clone, { recursive: true, force: true }))

/** `npx wrangler deploy --dry-run`, as somebody would who has just cloned the repository. */
function deploy(): Promise<{ stdout: string; stderr: string }> {
  const wrangler = join(PROJECT, 'node_modules', '.bin', 'wrangler')
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', NO_COLOR: '1' }
  return run(wrangler, ['deploy', '--dry-run', '--outdir', join(clone, 'bundle')], { cwd: clone, env })
}

it('DEV-41 a deployment from a fresh clone builds the page first, and takes it along', async () => {
  const { stdout } = await deploy()
  expect(stdout).toContain('--dry-run: exiting now')
  expect(await readdir(join(clone, 'examples/invoices/web/dist'))).toContain('index.html')
  await access(join(clone, 'bundle', 'worker.js'))
})

it('DEV-41 a page that cannot be built stops the deployment, in the words of the build', async () => {
  await writeFile(join(clone, 'examples/invoices/web/src/main.tsx'), "import '../no-such-file.ts'\n")
  const failed = await deploy().then(
    () => undefined,
    (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`,
  )
  expect(failed).toContain('The web page cannot be built')
  expect(failed).toContain('no-such-file')
})
