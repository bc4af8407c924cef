import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** Where real data is: beside the repository, of which it is no part, or where `SHARED_DATA` says. */
const FOLDER = process.env['SHARED_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

/** The path of a file of real data. Throws, saying what to do, where it is not. */
export function sharedFile(name: string): string {
  const path = join(FOLDER, name)
  if (!existsSync(path))
    throw new Error(`There is no ${path}: SHARED_DATA names the folder that has ${name}.`)
  return path
}
