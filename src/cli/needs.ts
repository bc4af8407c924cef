import { createRequire } from 'node:module'
import { join } from 'node:path'
import { UsageError } from '../../dev/usage-error.ts'

/**
 * Makes sure that a project has packages which only some commands need, and nobody installs unasked. Throws a
 * UsageError that says how to install them.
 */
export function needs(folder: string, what: string, names: readonly string[]): void {
  const ofProject = createRequire(join(folder, 'package.json'))
  const ofEngine = createRequire(import.meta.url)
  const missing = names.filter((name) => !isThere(ofProject, name) && !isThere(ofEngine, name))
  if (missing.length === 0) return
  throw new UsageError(`${what} needs ${missing.join(' and ')}. Install: npm install -D ${missing.join(' ')}`)
}

function isThere({ resolve }: NodeJS.Require, name: string): boolean {
  try {
    resolve(name)
    return true
  } catch {
    return false
  }
}
