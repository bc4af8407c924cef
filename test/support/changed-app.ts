import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWorker, PROJECT } from '../../dev/build-worker.ts'

/** Bundles the Worker of a copy of this project whose tables are declared otherwise. The page must be built. */
export async function buildChangedApp(change: (schema: string) => string): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'tidemark-changed-'))
  try {
    await cp(join(PROJECT, 'src'), join(project, 'src'), { recursive: true })
    for (const name of ['wrangler.toml', 'package.json', 'tsconfig.json'])
      await cp(join(PROJECT, name), join(project, name))
    for (const name of ['node_modules', 'web', 'dev']) await symlink(join(PROJECT, name), join(project, name))
    const path = join(project, 'src', 'app', 'schema.ts')
    const schema = await readFile(path, 'utf8')
    const changed = change(schema)
    if (changed === schema) throw new Error('the change changed nothing')
    await writeFile(path, changed)
    return await buildWorker({ project })
  } finally {
    await rm(project, { recursive: true, force: true })
  }
}
