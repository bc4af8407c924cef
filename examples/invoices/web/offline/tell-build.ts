import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** The service worker, as it is built and served. */
export const SERVICE_WORKER = 'service-worker'

/** Tells the service worker what was built: read as it was written, so that the hashes are those of what is served. */
export function tellBuild(): Plugin {
  return {
    name: 'tell-build',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error('the page is built into a folder')
      const worker = join(dir, `${SERVICE_WORKER}.js`)
      const names = Object.keys(bundle).filter((name) => name !== `${SERVICE_WORKER}.js`)
      const files = Object.fromEntries(
        await Promise.all(
          names.toSorted().map(async (name) => [pathOf(name), await hashOf(join(dir, name))]),
        ),
      )
      const build = { name: sha256(JSON.stringify(files)).slice(0, 16), files }
      const code = await readFile(worker, 'utf8')
      await writeFile(worker, `const BUILD=${JSON.stringify(build)};${code}`)
    },
  }
}

/** The page is served by its folder's path; by its own it would be a redirection. */
function pathOf(name: string): string {
  return name === 'index.html' ? '/' : `/${name}`
}

async function hashOf(path: string): Promise<string> {
  return `sha256-${sha256(await readFile(path))}`
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64')
}
