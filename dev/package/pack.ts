import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from '../build-worker.ts'

/** What the engine's package is made of, from the root of the repository. */
const ENGINE = [
  'package.json',
  'README.md',
  'LICENSE',
  'tsconfig.json',
  'tsdown.config.ts',
  'src',
  'migrations',
  'dev',
]

/**
 * Packs `tidemark` and `@tidemark/client` as `npm pack` does, and returns the paths of both. The engine is packed in a
 * copy: its package.json is another one meanwhile, which whoever works in the repository is not to meet.
 *
 * @param folder an empty one, for both
 */
export async function packBoth(folder: string): Promise<{ engine: string; client: string }> {
  const copy = join(folder, 'copy')
  await mkdir(copy)
  for (const name of ENGINE) await cp(join(PROJECT, name), join(copy, name), { recursive: true })
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'))
  const [engine, client] = await Promise.all([
    pack(copy, join(folder, 'engine'), []),
    pack(PROJECT, join(folder, 'client'), ['-w', 'client']),
  ])
  return { engine, client }
}

async function pack(from: string, to: string, args: readonly string[]): Promise<string> {
  await mkdir(to)
  try {
    await promisify(execFile)('npm', ['pack', ...args, '--pack-destination', to], { cwd: from })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`It cannot be packed:\n${said.trim()}`)
  }
  const [tarball = ''] = await readdir(to)
  return join(to, tarball)
}
