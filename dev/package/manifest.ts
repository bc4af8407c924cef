import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { published } from './published.ts'

/**
 * Part of `npm pack`: `publish` puts the package.json and the readme that people install in the place of the
 * repository's, and `restore` puts those back. Where packing was ended in between, the next one begins by restoring.
 */

const REPLACED = {
  'package.json': async (text: string) => {
    const manifest: unknown = JSON.parse(text)
    return `${JSON.stringify(published({ ...Object(manifest) }), null, 2)}\n`
  },
  'README.md': () => readFile('src/README.md', 'utf8'),
}

for (const [name, make] of Object.entries(REPLACED)) {
  const kept = `.unpublished-${name}`
  if (existsSync(kept)) await rename(kept, name)
  if (process.argv[2] !== 'publish') continue
  const text = await readFile(name, 'utf8')
  await writeFile(kept, text)
  await writeFile(name, await make(text))
}
