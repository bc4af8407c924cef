import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from '../build-worker.ts'
import { indexOf, referenceDocuments } from './documents.ts'

/** `npm run docs`: writes the documents that are made of constants, and the index of all documents. */

for (const [path, text] of await referenceDocuments()) await write(path, text)
const paths = globSync('docs/*.md', { cwd: PROJECT }).toSorted()
const texts = await Promise.all(
  paths.map(async (path): Promise<[string, string]> => [path, await readFile(join(PROJECT, path), 'utf8')]),
)
await write('docs/llms.txt', indexOf(new Map(texts)))

async function write(path: string, text: string): Promise<void> {
  await writeFile(join(PROJECT, path), text)
  console.log(`${path} is written.`)
}
